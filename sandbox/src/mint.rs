//! The content of `testdata/`: honest bundles of each kind, every forgery, and a policy that tells them apart.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bundle::{BundleRequest, BundleVersion, Content};
use crate::clock::Clock;
use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::forge::{
    ARTIFACT, Base, Case, expected, forgeries, provenance_v1, provenance_v02, sorted, statement, to_text,
};
use crate::identity::Identity;
use crate::sandbox::{Instance, Sandbox};
use crate::seed::Seed;

const POLICY: &str = include_str!("mint/sandbox.yaml");

/// The seed of this repository's `testdata/`.
pub const SEED: &str = "slsa-sandbox testdata";
/// The time of this repository's `testdata/` (RFC 3339).
pub const TIME: &str = "2026-07-01T12:00:00Z";
/// The list of all that was minted.
pub(crate) const CASES: &str = "cases.json";
/// The artifact that all bundles should be about.
pub(crate) const ARTIFACT_PATH: &str = "bundles/artifact";
/// Where everything else stands.
pub(crate) const FOLDERS: [&str; 3] = ["bundles", "statements", "policies"];

/// Makes every file of `testdata/` but its README. The same seed and time give the same bytes.
///
/// # Errors
/// [`SandboxError`], where one of them cannot be made: a defect.
pub fn testdata(seed: impl Into<Seed>, clock: Clock) -> Result<BTreeMap<PathBuf, Vec<u8>>, SandboxError> {
    let sandbox = Sandbox::new(seed, clock)?;
    let mut desk = Desk::default();
    for instance in [Instance::Public, Instance::Private] {
        desk.put(root_path(instance), to_text(sandbox.trusted_root(instance)?)?);
    }
    desk.put(ARTIFACT_PATH, ARTIFACT);
    desk.put("policies/sandbox.yaml", POLICY);
    let v1 = serde_json::from_str(&provenance_statement_v1()?)?;
    desk.put("statements/provenance-v1.json", to_text(v1)?);
    let v02 = serde_json::from_str(&provenance_statement_v02()?)?;
    desk.put("statements/provenance-v0.2.json", to_text(v02)?);
    let mut honest = Vec::new();
    for base in Base::ALL {
        let message = matches!(base, Base::Message | Base::MessageRekorV2);
        let case = sandbox.honest(*base)?;
        desk.case(base.name(), about(*base), *base, !message, &case, None);
        honest.push((base, case));
    }
    for (name, about, base, request) in further()? {
        let mut case = sandbox.honest(base)?;
        case.bundle = to_text(sandbox.scratch()?.bundle(&request)?)?.into_bytes();
        (case.identity, case.issuer) = expected(request.identity);
        let provenance = !matches!(name, "other-predicate");
        desk.case(name, about, base, provenance, &case, None);
    }
    for forgery in forgeries() {
        let Some(base) = forgery.bases.first() else {
            continue;
        };
        let case = sandbox.forge(forgery.name, *base)?;
        let name = format!("{}_fail", forgery.name);
        let honest = sandbox.honest(*base)?;
        desk.case(
            &name,
            forgery.about,
            *base,
            forgery.provenance,
            &case,
            Some(&honest),
        );
    }
    desk.finish(sandbox.now())
}

/// The files, and the list of cases.
#[derive(Default)]
struct Desk {
    files: BTreeMap<PathBuf, Vec<u8>>,
    cases: Vec<Value>,
}

impl Desk {
    fn put(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Adds a case, with those files that differ from its honest twin's.
    fn case(
        &mut self,
        name: &str,
        about: &str,
        base: Base,
        provenance: bool,
        case: &Case,
        honest: Option<&Case>,
    ) {
        let own = |file: &str| format!("bundles/{name}/{file}");
        let mut bundle = own("bundle.sigstore.json");
        if honest.is_some_and(|honest| honest.bundle == case.bundle) {
            bundle = format!("bundles/{}/bundle.sigstore.json", base.name());
        } else {
            self.put(&bundle, case.bundle.clone());
        }
        let mut root = root_path(base.instance()).to_owned();
        if honest.is_some_and(|honest| honest.trusted_root != case.trusted_root) {
            root = own("trusted_root.json");
            self.put(&root, case.trusted_root.clone());
        }
        self.cases.push(json!({
            "name": name,
            "about": about,
            "base": base.name(),
            "bundle": bundle,
            "trusted-root": root,
            "identity": case.identity,
            "issuer": case.issuer,
            "provenance": provenance,
            "expect": case.code.unwrap_or("accepted"),
        }));
    }

    fn finish(mut self, now: jiff::Timestamp) -> Result<BTreeMap<PathBuf, Vec<u8>>, SandboxError> {
        let cases = json!({
            "version": 1,
            "now": now.to_string(),
            "artifact": ARTIFACT_PATH,
            "cases": self.cases,
        });
        self.files.insert(CASES.into(), to_text(cases)?.into_bytes());
        Ok(self.files)
    }
}

fn root_path(instance: Instance) -> &'static str {
    match instance {
        Instance::Public => "bundles/trusted_root.json",
        Instance::Private => "bundles/trusted_root.private.json",
    }
}

fn about(base: Base) -> &'static str {
    match base {
        Base::RekorV1 => "Version 0.3, logged in Rekor v1 as dsse 0.0.1, as GitHub's public ones are.",
        Base::RekorV1Old => "Version 0.1, logged in Rekor v1 as intoto 0.0.2, as npm's old ones are.",
        Base::RekorV2 => "Version 0.3, logged in Rekor v2, whose time is the timestamp's.",
        Base::Private => "Of the instance without logs, as GitHub's for private repositories are.",
        Base::Message => "A person's signature over the artifact itself, logged in Rekor v1.",
        Base::MessageRekorV2 => "A person's signature over the artifact itself, logged in Rekor v2.",
    }
}

fn provenance_statement_v1() -> Result<String, SandboxError> {
    Ok(statement("https://slsa.dev/provenance/v1", &provenance_v1()?))
}

/// Provenance v0.2 comes in statements of version 0.1.
fn provenance_statement_v02() -> Result<String, SandboxError> {
    let statement = statement("https://slsa.dev/provenance/v0.2", &provenance_v02()?);
    Ok(statement.replace(
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/Statement/v0.1",
    ))
}

/// Honest bundles that nothing is forged of.
fn further() -> Result<Vec<(&'static str, &'static str, Base, BundleRequest)>, SandboxError> {
    let request = Base::RekorV1.request()?;
    let of = |entry, version| BundleRequest {
        entry: Some(entry),
        version,
        ..request.clone()
    };
    let email = Identity::email("someone@slsa-sandbox.test", "https://accounts.slsa-sandbox.test");
    let other = sorted(json!({ "a": 1 }));
    Ok(vec![
        (
            "dsse-v0.1",
            "Version 0.1, logged as dsse 0.0.1.",
            Base::RekorV1,
            of(EntryKind::DsseV001, BundleVersion::V0_1),
        ),
        (
            "dsse-v0.2",
            "Version 0.2, logged as dsse 0.0.1.",
            Base::RekorV1,
            of(EntryKind::DsseV001, BundleVersion::V0_2),
        ),
        (
            "intoto-v0.2",
            "Version 0.2, logged as intoto 0.0.2.",
            Base::RekorV1,
            of(EntryKind::IntotoV002, BundleVersion::V0_2),
        ),
        (
            "intoto-v0.3",
            "Version 0.3, logged as intoto 0.0.2.",
            Base::RekorV1,
            of(EntryKind::IntotoV002, BundleVersion::V0_3),
        ),
        (
            "logged-and-timestamped",
            "Logged in Rekor v1, and timestamped as well.",
            Base::RekorV1,
            BundleRequest {
                timestamp: true,
                ..request.clone()
            },
        ),
        (
            "provenance-v0.2",
            "Provenance of version 0.2 of the same run.",
            Base::RekorV1,
            BundleRequest {
                content: Content::statement(provenance_statement_v02()?),
                ..request.clone()
            },
        ),
        (
            "other-predicate",
            "A statement that is no provenance.",
            Base::RekorV1,
            BundleRequest {
                content: Content::statement(statement("https://example.com/predicate/v1", &other)),
                ..request.clone()
            },
        ),
        (
            "email",
            "A statement of a person, whom an address names.",
            Base::RekorV1,
            BundleRequest {
                identity: email,
                ..request.clone()
            },
        ),
    ])
}
