//! `testdata/`: what the sandbox minted. Each honest bundle is accepted, and each forged one refused with the code of
//! what is wrong, whether the artifact's bytes are known or only its digest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use slsa_verifier::predicates::{Digest, DigestAlgorithm};
use slsa_verifier::{
    Artifact, Code, Error, IdentityRule, Limits, TextRule, Timestamp, TrustRoot, Verified, VerifiedSigner,
    Verifier, algorithms_for, hash_reader, parse,
};
use support::program::run;

/// What becomes of a case where only the artifact's SHA-256 is known, which is not as much as its bytes.
const BY_DIGEST: &[(&str, &str)] = &[
    // The algorithm that is given is compared, and no other.
    ("digests-contradict", "accepted"),
    ("digest-of-other-algorithm", "digest-required"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Cases {
    version: u8,
    now: Timestamp,
    artifact: PathBuf,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    name: String,
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "base")]
    _base: String,
    bundle: PathBuf,
    trusted_root: PathBuf,
    identity: String,
    issuer: String,
    provenance: bool,
    expect: String,
}

impl Case {
    fn forgery(&self) -> Option<&str> {
        self.name.strip_suffix("_fail")
    }

    /// Verifies the case, and answers the code of its refusal.
    fn verify(
        &self,
        now: Timestamp,
        artifact: impl FnOnce(&[DigestAlgorithm]) -> Artifact,
    ) -> Result<(), Code> {
        let root = support::read(&folder().join(&self.trusted_root));
        let root = TrustRoot::from_json("sandbox", &root).map_err(|error| error.code())?;
        let verifier = Verifier::builder(vec![root])
            .build()
            .map_err(|error| error.code())?;
        let bundle = support::read(&folder().join(&self.bundle));
        let mut parsed = parse(&bundle, &Limits::default()).map_err(|error| error.code())?;
        let attestation = parsed.items.remove(0).result.map_err(|error| error.code())?;
        let artifact = artifact(&algorithms_for(&attestation, &Limits::default()));
        let verified = verifier.verify_any(&attestation, &artifact, now);
        let verified = verified.map_err(|error: Error| error.code())?;
        let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
            panic!("{}: no certificate", self.name);
        };
        let exact = |text: &str| TextRule::exact(text).unwrap();
        IdentityRule::new(exact(&self.identity), exact(&self.issuer))
            .check(identity)
            .map_err(|error| error.code())?;
        match &verified {
            Verified::Statement(statement) if self.provenance => {
                statement.provenance().map(drop).map_err(|error| error.code())
            }
            _ => Ok(()),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

fn cases() -> Cases {
    let cases: Cases = serde_json::from_slice(&support::read(&folder().join("cases.json"))).unwrap();
    assert_eq!(cases.version, 1);
    cases
}

fn found(result: Result<(), Code>) -> &'static str {
    result.map_or_else(Code::as_str, |()| "accepted")
}

#[test]
fn each_case_is_accepted_or_refused_with_its_code() {
    let Cases {
        now, artifact, cases, ..
    } = cases();
    let bytes = support::read(&folder().join(artifact));
    let mut wrong = Vec::new();
    for case in &cases {
        let found = found(case.verify(now, |algorithms| {
            hash_reader(bytes.as_slice(), algorithms, |_| {}).unwrap()
        }));
        if found != case.expect {
            wrong.push(format!("{}: {found}, expected {}", case.name, case.expect));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let honest = cases.iter().filter(|case| case.forgery().is_none()).count();
    assert!(
        cases
            .iter()
            .all(|case| (case.expect == "accepted") == case.forgery().is_none())
    );
    assert!(honest >= 14 && cases.len() >= 350, "{honest} of {}", cases.len());
}

#[test]
fn the_artifacts_digest_alone_leads_to_the_same_verdict() {
    let Cases {
        now, artifact, cases, ..
    } = cases();
    let bytes = support::read(&folder().join(artifact));
    let whole = hash_reader(bytes.as_slice(), &[DigestAlgorithm::Sha256], |_| {}).unwrap();
    let digest = whole.digest(DigestAlgorithm::Sha256).unwrap().value();
    let mut wrong = Vec::new();
    for case in &cases {
        let exception = BY_DIGEST.iter().find(|(name, _)| case.forgery() == Some(name));
        let expected = match exception {
            Some((_, expected)) => expected,
            None => case.expect.as_str(),
        };
        let artifact = Artifact::from_digest(Digest::new(DigestAlgorithm::Sha256, digest).unwrap());
        let found = found(case.verify(now, |_| artifact));
        if found != expected {
            wrong.push(format!("{}: {found}, expected {expected}", case.name));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_is_judged_otherwise_by_digest_is_still_in_the_list() {
    let cases = cases().cases;
    for (name, _) in BY_DIGEST {
        assert!(cases.iter().any(|case| case.forgery() == Some(name)), "{name}");
    }
}

#[test]
fn the_program_accepts_the_honest_bundle_and_refuses_a_forged_one() {
    let cases = cases().cases;
    let case = |name: &str| cases.iter().find(|case| case.name == name).unwrap();
    let verify = |name: &str| {
        let Case {
            bundle,
            trusted_root,
            identity,
            issuer,
            ..
        } = case(name);
        let (bundle, root) = (bundle.to_str().unwrap(), trusted_root.to_str().unwrap());
        run(
            &folder(),
            &[
                "artifact",
                "bundles/artifact",
                "--bundle",
                bundle,
                "--trusted-root",
                root,
                "--certificate-identity",
                identity,
                "--certificate-oidc-issuer",
                issuer,
            ],
        )
    };
    for name in ["rekor-v1", "rekor-v2", "private", "message"] {
        let run = verify(name);
        assert_eq!(run.exit, 0, "{name}: {}{}", run.stdout, run.stderr);
    }
    for (name, exit) in [
        ("signature-changed_fail", 10),
        ("identity-fork_fail", 11),
        ("root-log-twice_fail", 2),
    ] {
        let run = verify(name);
        assert_eq!(run.exit, exit, "{name}: {}{}", run.stdout, run.stderr);
        let code = &case(name).expect;
        assert!(
            run.stdout.contains(code) || run.stderr.contains(code) || exit == 2,
            "{name}: {}{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn the_policy_accepts_the_honest_provenance_alone() {
    let verify = |name: &str| {
        let bundle = format!("bundles/{name}/bundle.sigstore.json");
        run(
            &folder(),
            &[
                "artifact",
                "bundles/artifact",
                "--bundle",
                &bundle,
                "--policy",
                "policies/sandbox.yaml",
            ],
        )
    };
    for name in ["rekor-v1", "rekor-v1-old", "rekor-v2", "private", "dsse-v0.2"] {
        let run = verify(name);
        assert_eq!(run.exit, 0, "{name}: {}{}", run.stdout, run.stderr);
    }
    for (name, code, exit) in [
        ("identity-fork_fail", "builder-untrusted", 11),
        ("identity-branch_fail", "builder-ref", 11),
        ("other-predicate", "not-provenance", 11),
        ("subject-other_fail", "subject-mismatch", 10),
    ] {
        let run = verify(name);
        assert_eq!(run.exit, exit, "{name}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(code), "{name}: {}", run.stdout);
    }
}
