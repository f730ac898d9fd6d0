//! The rows of slsa-verifier's `cases.jsonl`, and how the library decides them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, Attestation, BlobStore, BuilderKind, Code, EmbeddedRoot, Error, Expectations, Limits,
    PackageRule, TrustRoot, TrustedBuilders, VerifiedStatement, Verifier, algorithms_for, hash_reader, parse,
    read_oci_layout, registry_keys,
};

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
    let text = String::from_utf8(super::read(&corpus.join("cases.jsonl"))).unwrap();
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
        "ErrorMismatchHash" => &[Code::SubjectMismatch],
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
        _ => &[],
    }
}

/// A verifier for each purpose, with its table of builders.
pub(crate) struct Verifiers {
    verifier: Verifier,
    registry: Verifier,
    builders: TrustedBuilders,
}

impl Verifiers {
    pub(crate) fn new(_corpus: &Path) -> Self {
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
        Self {
            verifier: Verifier::builder(roots()).build().unwrap(),
            registry: registry.build().unwrap(),
            builders: TrustedBuilders::shipped().unwrap(),
        }
    }

    /// The builders that slsa-verifier trusts for a command.
    fn builders(&self, row: &Row) -> TrustedBuilders {
        let names: &[&str] = match row.command.as_str() {
            "verify-artifact" => &["-generic", "-go", "-container-based", "-delegator", "-lowperms"],
            "verify-image" => &["-container", "google-cloud-build"],
            // What npm's own command line writes is only taken from who names it.
            "verify-npm-package" if row.arg("builder_id").is_some() => &["npm-cli", "-lowperms"],
            "verify-npm-package" => &["-lowperms"],
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
        match row.command.as_str() {
            "verify-artifact" | "verify-github-attestation" => {
                // Of a registry's builders one must be named: slsa-verifier trusts none by default.
                if row.command == "verify-github-attestation" && expectations.builder.is_none() {
                    return Err(Code::BuilderUntrusted);
                }
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
                let layout = Layout(corpus.join(folder));
                let found = read_oci_layout(&layout, &Limits::default()).unwrap();
                let found: Vec<Attestation> =
                    found.items.into_iter().map(|item| item.result.unwrap()).collect();
                nearest(found.iter().map(|attestation| {
                    let verified = self.verifier.verify(attestation, &image, super::now());
                    judge(verified, &expectations, &builders)
                }))
            }
            "verify-npm-package" => self.npm(corpus, row, &expectations, &builders),
            // Google Cloud Build and verification summaries have tests of their own.
            _ => Err(Code::NoAttestation),
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
            let verified = self.verifier.verify(attestation, &artifact, super::now());
            judge(verified, expectations, builders)
        }))
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
            verifier.verify(attestation, &artifact(attestation), super::now())
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
    let parsed = parse(&super::read(file), &Limits::default()).unwrap();
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

/// An OCI layout in a folder.
struct Layout(std::path::PathBuf);

impl BlobStore for Layout {
    fn index(&self, _: usize) -> Option<Vec<u8>> {
        std::fs::read(self.0.join("index.json")).ok()
    }

    fn blob(&self, sha256: &str, _: usize) -> Option<Vec<u8>> {
        std::fs::read(self.0.join("blobs/sha256").join(sha256)).ok()
    }
}
