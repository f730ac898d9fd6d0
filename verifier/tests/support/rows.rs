//! The rows of slsa-verifier's `cases.jsonl`, and how the library decides them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, Attestation, BuilderKind, Code, EmbeddedRoot, Error, Expectations, Limits, PackageRule,
    PublicKey, SummaryExpectations, TrustRoot, TrustedBuilders, VerifiedStatement, Verifier, algorithms_for,
    check_gcloud, gcloud_key_name, hash_reader, parse, parse_gcloud, read_oci_layout, registry_keys,
};

use crate::support;

/// A row of the table.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) command: String,
    pub(crate) artifacts: Vec<String>,
    pub(crate) provenance: Option<String>,
    pub(crate) args: BTreeMap<String, Value>,
    expect: String,
    expected_error: Option<String>,
    pub(crate) needs_network: bool,
    pub(crate) cert_san: Option<String>,
}

impl Row {
    /// The name of the error with which it is refused.
    pub(crate) fn expected(&self) -> Option<String> {
        (self.expect == "fail").then(|| self.expected_error.clone().unwrap())
    }

    pub(crate) fn arg(&self, name: &str) -> Option<&str> {
        self.args.get(name).and_then(Value::as_str)
    }

    /// Says whether the delegator was used at its main branch, which a policy must allow.
    pub(crate) fn is_at_main(&self) -> bool {
        self.cert_san.as_deref().is_some_and(|san| {
            san.ends_with("@refs/heads/main") && san.contains("slsa-framework/slsa-github-generator/")
        })
    }
}

pub(crate) fn read(corpus: &Path) -> Vec<Row> {
    let text = String::from_utf8(support::read(&corpus.join("cases.jsonl"))).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows.len(), 1408);
    assert_eq!(rows.iter().filter(|row| !row.needs_network).count(), 1328);
    rows
}

/// The codes with which we refuse what slsa-verifier refuses with this error.
pub(crate) fn codes_of(error: &str) -> &'static [Code] {
    match error {
        "ErrorMismatchVersionedTag" => &[Code::VersionedTagMismatch],
        "ErrorMismatchTag" => &[Code::TagMismatch],
        "ErrorInvalidRef" => &[Code::NotATag, Code::BuilderRef],
        "ErrorMismatchBranch" => &[Code::BranchMismatch],
        "ErrorMismatchSource" => &[Code::SourceMismatch],
        // Google also writes the digest beside the envelope.
        "ErrorMismatchHash" => &[Code::SubjectMismatch, Code::GcloudMetadata],
        "ErrorMismatchBuilderID" => &[Code::BuilderMismatch],
        // The signer is none of the trusted ones, or not the one that was named.
        "ErrorUntrustedReusableWorkflow" => &[Code::BuilderUntrusted, Code::BuilderMismatch],
        // A builder that npm's command line is not.
        "ErrorInvalidBuilderID" | "ErrorNotSupported" | "ErrorVerifierNotSupported" => {
            &[Code::BuilderUntrusted, Code::BuilderMismatch]
        }
        "ErrorInvalidSignature" => &[Code::SignatureInvalid, Code::LogEntryMismatch],
        "ErrorMismatchPackageName" => &[Code::PackageNameMismatch],
        "ErrorMismatchPackageVersion" => &[Code::PackageVersionMismatch],
        "ErrorNoValidSignature" => &[Code::SignatureInvalid, Code::KeyRequired, Code::BundleEncoding],
        "ErrorMismatchIntoto" => &[Code::GcloudTextDiffers],
        "ErrorInvalidFormat" => &[Code::GcloudMetadata],
        // The file is no JSON: it has a comma too many.
        "ErrorInvalidDssePayload" => &[Code::JsonInvalid],
        other => panic!("{other}"),
    }
}

/// A verifier for each purpose, with its table of builders.
pub(crate) struct Verifiers {
    verifier: Verifier,
    google: Verifier,
    registry: Verifier,
    builders: TrustedBuilders,
}

impl Verifiers {
    pub(crate) fn new(corpus: &Path) -> Self {
        let roots = || {
            EmbeddedRoot::DEFAULT
                .into_iter()
                .map(|root| TrustRoot::embedded(root).unwrap())
                .collect::<Vec<_>>()
        };
        let registry = registry_keys()
            .unwrap()
            .into_iter()
            .fold(Verifier::builder(roots()), slsa_verifier::VerifierBuilder::key);
        let mut google = Verifier::builder(Vec::new());
        let mut files = Vec::new();
        support::files(&corpus.join("../keys/gcb"), &mut files);
        for file in files {
            let name = gcloud_key_name(file.file_stem().unwrap().to_str().unwrap()).unwrap();
            google = google.key(PublicKey::parse(&support::read(&file)).unwrap().with_name(name));
        }
        Self {
            verifier: Verifier::builder(roots()).build().unwrap(),
            google: google.build().unwrap(),
            registry: registry.build().unwrap(),
            builders: TrustedBuilders::shipped().unwrap(),
        }
    }

    /// The builders that slsa-verifier trusts for a command.
    fn builders(&self, row: &Row) -> TrustedBuilders {
        let names: &[&str] = match row.command.as_str() {
            "verify-artifact" => &["-generic", "-go", "-container-based", "-delegator", "-lowperms"],
            "verify-image" => &["-container", "google-cloud-build"],
            "verify-npm-package" => &["npm-cli", "-lowperms"],
            _ => &["bazel-registry"],
        };
        let table = self.builders.clone().only(|row| {
            names
                .iter()
                .any(|name| row.name.ends_with(name) || row.name.starts_with(name))
        });
        if !row.is_at_main() {
            return table;
        }
        let mut rows = table.rows().to_vec();
        for row in rows.iter_mut().filter(|row| row.kind == BuilderKind::Delegator) {
            row.refs.push("refs/heads/main".parse().unwrap());
            row.builder_refs.push("refs/heads/main".parse().unwrap());
        }
        TrustedBuilders::new(rows).unwrap()
    }

    /// Decides a row: accepted, or the code of the refusal that came nearest.
    pub(crate) fn decide(&self, corpus: &Path, row: &Row) -> Result<(), Code> {
        let expectations = expectations(row);
        let builders = self.builders(row);
        // Of a registry's builders one must be named: slsa-verifier trusts none by default.
        let of_registry = matches!(
            row.command.as_str(),
            "verify-github-attestation" | "verify-npm-package"
        );
        if of_registry && expectations.builder.is_none() {
            return Err(Code::BuilderUntrusted);
        }
        match row.command.as_str() {
            "verify-artifact" | "verify-github-attestation" => {
                let provenance = corpus.join(row.provenance.as_ref().unwrap());
                let bundle = attestations(&provenance);
                row.artifacts.iter().try_for_each(|artifact| {
                    let file = corpus.join(artifact);
                    self.any(&bundle, &file, &expectations, &builders)
                })
            }
            "verify-image" if row.provenance.is_none() => {
                let (folder, digest) = row.artifacts[0].split_once('@').unwrap();
                let image = Artifact::from_digest(Digest::parse(digest).unwrap());
                let layout = support::Layout(corpus.join(folder));
                let found = read_oci_layout(&layout, &Limits::default()).unwrap();
                let found: Vec<Attestation> =
                    found.items.into_iter().map(|item| item.result.unwrap()).collect();
                nearest(found.iter().map(|attestation| {
                    let verified = self.verifier.verify(attestation, &image, support::now());
                    judge(verified, &expectations, &builders)
                }))
            }
            "verify-npm-package" => self.npm(corpus, row, &expectations, &builders),
            "verify-image" => self.gcloud(corpus, row, &expectations, &builders),
            "verify-vsa" => summary(corpus, row),
            other => panic!("{other}"),
        }
    }

    fn any(
        &self,
        bundle: &[Attestation],
        file: &Path,
        expectations: &Expectations,
        builders: &TrustedBuilders,
    ) -> Result<(), Code> {
        nearest(bundle.iter().map(|attestation| {
            let algorithms = algorithms_for(attestation, &Limits::default());
            let artifact = hash_reader(std::fs::File::open(file).unwrap(), &algorithms, |_| {}).unwrap();
            let verified = self.verifier.verify(attestation, &artifact, support::now());
            judge(verified, expectations, builders)
        }))
    }

    fn gcloud(
        &self,
        corpus: &Path,
        row: &Row,
        expectations: &Expectations,
        builders: &TrustedBuilders,
    ) -> Result<(), Code> {
        let (_, digest) = row.artifacts[0].split_once('@').unwrap();
        let artifact = Artifact::from_digest(Digest::parse(digest).unwrap());
        let bytes = support::read(&corpus.join(row.provenance.as_ref().unwrap()));
        let image = parse_gcloud(&bytes, &Limits::default()).map_err(|error| error.code())?;
        let provenances = image.provenances.iter().map(|item| item.result.as_ref());
        let mut outcomes = Vec::new();
        for provenance in provenances {
            let provenance = match provenance {
                Ok(provenance) => provenance,
                Err(error) => {
                    outcomes.push(Err(error.code()));
                    continue;
                }
            };
            for signature in &provenance.signatures {
                let decide = || {
                    let attestation = signature.result.as_ref().map_err(|error| error.code())?;
                    let verified = self.google.verify(attestation, &artifact, support::now());
                    let verified = verified.map_err(|error| error.code())?;
                    check_gcloud(&image, provenance, &verified).map_err(|error| error.code())?;
                    refusal(&expectations.evaluate(&verified, builders))
                };
                outcomes.push(decide());
            }
        }
        nearest(outcomes.into_iter())
    }

    fn npm(
        &self,
        corpus: &Path,
        row: &Row,
        expectations: &Expectations,
        builders: &TrustedBuilders,
    ) -> Result<(), Code> {
        let package = PackageRule::of(row.arg("package_name"), row.arg("package_version"));
        let bundle = attestations(&corpus.join(row.provenance.as_ref().unwrap()));
        let file = corpus.join(&row.artifacts[0]);
        let artifact = |attestation| {
            let algorithms = algorithms_for(attestation, &Limits::default());
            hash_reader(std::fs::File::open(&file).unwrap(), &algorithms, |_| {}).unwrap()
        };
        let verify = |verifier: &Verifier, attestation| {
            verifier.verify(attestation, &artifact(attestation), support::now())
        };
        nearest(bundle.iter().map(|attestation| {
            let verified = verify(&self.registry, attestation).map_err(|error| error.code())?;
            refusal(&package.evaluate_publish(&verified))
        }))?;
        nearest(bundle.iter().map(|attestation| {
            let verified = verify(&self.verifier, attestation).map_err(|error| error.code())?;
            refusal(&expectations.evaluate(&verified, builders))?;
            refusal(&package.evaluate_subject(&verified))
        }))
    }
}

/// A verification summary, signed with a key that the row gives.
fn summary(corpus: &Path, row: &Row) -> Result<(), Code> {
    let mut key =
        PublicKey::parse(&support::read(&corpus.join(row.arg("public_key_path").unwrap()))).unwrap();
    if let Some(id) = row.arg("public_key_id") {
        key = key.with_name(id);
    }
    let verifier = Verifier::builder(Vec::new()).key(key).build().unwrap();
    let list = |name: &str| -> Vec<String> {
        let listed = row.args.get(name).and_then(Value::as_array);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        listed.into_iter().flatten().map(text).collect()
    };
    let (mut digests, mut names) = (Vec::new(), Vec::new());
    for digest in list("subject_digests") {
        match Digest::parse(&digest) {
            Ok(digest) => digests.push(digest),
            Err(_) => names.push(
                digest
                    .split_once(':')
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
                    .unwrap(),
            ),
        }
    }
    let artifact = Artifact::from_known(digests, names);
    let attestation = attestations(&corpus.join(row.provenance.as_ref().unwrap())).remove(0);
    let verified = verifier.verify(&attestation, &artifact, support::now());
    let verified = verified.map_err(|error| error.code())?;
    let text = |name| row.arg(name).unwrap_or_default();
    let mut expected = SummaryExpectations::new(text("verifier_id"), text("resource_uri"));
    expected.levels = list("verified_levels");
    refusal(&expected.evaluate(&verified))
}

fn refusal(evaluation: &slsa_verifier::Evaluation) -> Result<(), Code> {
    match evaluation.refusal() {
        Some(check) => Err(check.refusal.unwrap()),
        None => Ok(()),
    }
}

fn judge(
    verified: Result<VerifiedStatement, Error>,
    expectations: &Expectations,
    builders: &TrustedBuilders,
) -> Result<(), Code> {
    let verified = verified.map_err(|error| error.code())?;
    refusal(&expectations.evaluate(&verified, builders))
}

/// Of several attestations one must do; otherwise the one that came nearest tells why not.
fn nearest(outcomes: impl Iterator<Item = Result<(), Code>>) -> Result<(), Code> {
    let mut nearest = Code::NoAttestation;
    for outcome in outcomes {
        match outcome {
            Ok(()) => return Ok(()),
            Err(code) => {
                let distance = |code: Code| match code {
                    Code::NotProvenance | Code::PredicateTypeMismatch | Code::KeyRequired => 5,
                    Code::NoAttestation => 9,
                    code => match code.outcome() {
                        slsa_verifier::Outcome::NotAsExpected => 0,
                        slsa_verifier::Outcome::NotAuthentic => 1,
                        _ => 4,
                    },
                };
                if distance(code) < distance(nearest) {
                    nearest = code;
                }
            }
        }
    }
    Err(nearest)
}

fn attestations(file: &Path) -> Vec<Attestation> {
    let parsed = parse(&support::read(file), &Limits::default()).unwrap();
    parsed
        .items
        .into_iter()
        .map(|item| item.result.unwrap())
        .collect()
}

fn expectations(row: &Row) -> Expectations {
    let mut expected = Expectations::default();
    let text = |name| row.arg(name).map(ToOwned::to_owned);
    expected.source = row.arg("source_uri").map(|uri| {
        uri.parse::<slsa_verifier::Repository>()
            .unwrap()
            .with_exact_case()
    });
    expected.builder = row
        .arg("builder_id")
        .filter(|id| !id.is_empty())
        .map(|id| id.parse().unwrap());
    expected.branch = text("branch");
    expected.tag = text("tag");
    expected.versioned_tag = row.arg("versioned_tag").map(|tag| tag.parse().unwrap());
    expected
}
