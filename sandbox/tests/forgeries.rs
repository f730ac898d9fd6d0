//! Each forgery is refused, with the code that says what is wrong, and what it was made of is accepted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use slsa_sandbox::{Base, Case, Clock, Forgery, Sandbox, forgeries};
use slsa_verifier::{
    Code, Engine, IdentityRule, Limits, TextRule, TrustRoot, Verified, VerifiedSigner, Verifier,
    algorithms_for, hash_reader, parse,
};

/// What the library's engine accepts and ours refuses, of which bases, and why.
const LAXER: &[(&str, &[Base], &str)] = &[
    (
        "intermediate-expired",
        ALL,
        "a listed authority counts whatever its certificate says (CVE-2026-24122)",
    ),
    ("root-expired", ALL, "as above"),
    (
        "promised-time-future",
        ALL,
        "it reads the system's clock, which is later than the sandbox's",
    ),
    ("timestamp-future", ALL, "as above"),
    (
        "log-retired",
        REKOR_V2,
        "without a promise it knows no time to compare",
    ),
    ("log-not-yet-trusted", REKOR_V2, "as above"),
    (
        "logged-key-alone",
        &[Base::RekorV1Old],
        "of intoto it does not compare the verifier",
    ),
    ("logged-verifier-both", ALL, "it takes the certificate"),
    ("logged-version-other", ALL, "it goes by what the bundle says"),
    ("logged-kind-other", ALL, "as above"),
    ("checkpoint-size-second-form", ALL, "it reads any decimal form"),
    ("checkpoint-carriage-returns", ALL, "it trims lines"),
    ("checkpoint-two-blank-lines", ALL, "it skips blank lines"),
    (
        "checkpoint-too-many-signatures",
        ALL,
        "it has no limit on signatures",
    ),
    (
        "checkpoint-of-other-log",
        ALL,
        "any trusted log may sign the checkpoint of any other",
    ),
    (
        "certificate-key-usage",
        ALL,
        "it does not look at a leaf's key usage",
    ),
    (
        "certificate-timestamp-future",
        ALL,
        "it compares the promise's time with the log's validity alone",
    ),
    (
        "logged-not-canonical",
        ALL,
        "it compares every field, and not the form of the text",
    ),
    ("checkpoint-other-origin", ALL, "it goes by the key alone"),
    ("checkpoint-other-name", ALL, "as above"),
    ("timestamp-two-signers", ALL, "it takes the first signer"),
    (
        "timestamp-other-content-type",
        ALL,
        "it does not look at the attribute",
    ),
    ("timestamp-other-signing-certificate", ALL, "as above"),
    (
        "timestamp-authority-for-both",
        ALL,
        "it demands the purpose, and allows others beside it",
    ),
    (
        "timestamp-authority-purpose-optional",
        ALL,
        "it does not ask whether the purpose is critical",
    ),
];

/// All bases of the forgery.
const ALL: &[Base] = Base::ALL;
const REKOR_V2: &[Base] = &[Base::RekorV2, Base::MessageRekorV2];

fn now() -> Timestamp {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

fn sandbox() -> Sandbox {
    Sandbox::new("forgeries", Clock::Fixed(now())).unwrap()
}

/// Verifies a case, and answers the code of its refusal.
fn verify(case: &Case, provenance: bool, engine: Engine) -> Result<(), (Code, String)> {
    macro_rules! refused {
        ($result:expr) => {
            $result.map_err(|error| (error.code(), error.to_string()))?
        };
    }
    let root = refused!(TrustRoot::from_json("sandbox", &case.trusted_root));
    let verifier = refused!(Verifier::builder(vec![root]).engine(engine).build());
    let mut parsed = refused!(parse(&case.bundle, &Limits::default()));
    let attestation = refused!(parsed.items.remove(0).result);
    let algorithms = algorithms_for(&attestation, &Limits::default());
    let artifact = hash_reader(case.artifact.as_slice(), &algorithms, |_| {}).unwrap();
    let verified = refused!(verifier.verify_any(&attestation, &artifact, now()));
    let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
        panic!("not a certificate");
    };
    let rule = IdentityRule::new(
        TextRule::exact(&case.identity).unwrap(),
        TextRule::exact(&case.issuer).unwrap(),
    );
    refused!(rule.check(identity));
    if let (true, Verified::Statement(statement)) = (provenance, &verified) {
        refused!(statement.provenance());
    }
    Ok(())
}

fn cases() -> impl Iterator<Item = (&'static Forgery, Base)> {
    forgeries().flat_map(|forgery| forgery.bases.iter().map(move |base| (forgery, *base)))
}

#[test]
fn what_forgeries_are_made_of_is_accepted_by_both_engines() {
    let sandbox = sandbox();
    for base in Base::ALL {
        let case = sandbox.honest(*base).unwrap();
        for engine in [Engine::Native, Engine::SigstoreVerify] {
            let message = matches!(base, Base::Message | Base::MessageRekorV2);
            assert_eq!(verify(&case, !message, engine), Ok(()), "{base:?} {engine:?}");
        }
    }
}

#[test]
fn each_forgery_is_refused_with_its_code() {
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for (forgery, base) in cases() {
        let case = sandbox
            .forge(forgery.name, base)
            .unwrap_or_else(|error| panic!("{} of {base:?}: {error}", forgery.name));
        let found = verify(&case, forgery.provenance, Engine::Native);
        let code = found
            .as_ref()
            .map_or_else(|(code, _)| code.as_str(), |()| "accepted");
        if code != forgery.code {
            wrong.push(format!("{} of {}: {found:?}", forgery.name, base.name()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_library_refuses_each_forgery_too() {
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for (forgery, base) in cases() {
        let case = sandbox.forge(forgery.name, base).unwrap();
        let accepted = verify(&case, forgery.provenance, Engine::SigstoreVerify).is_ok();
        let laxer = |(name, bases, _): &(&str, &[Base], &str)| *name == forgery.name && bases.contains(&base);
        let laxer = LAXER.iter().any(laxer);
        if accepted != laxer {
            wrong.push(format!(
                "{} of {}: accepted = {accepted}",
                forgery.name,
                base.name()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_forgery_has_a_name_of_its_own_a_code_that_exists_and_a_sentence() {
    let mut names = BTreeSet::new();
    for forgery in forgeries() {
        let name = forgery.name;
        assert!(names.insert(name), "{name} stands twice");
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)),
            "{name}"
        );
        assert!(
            Code::ALL.iter().any(|code| code.as_str() == forgery.code),
            "{name}"
        );
        assert!(
            forgery.about.ends_with('.') || forgery.about.ends_with(")."),
            "{name}"
        );
        assert!(!forgery.bases.is_empty(), "{name}");
    }
}

#[test]
fn a_forgery_differs_from_what_it_is_made_of_and_is_the_same_each_time() {
    let (one, two) = (sandbox(), sandbox());
    // What one sandbox has logged before changes nothing.
    one.honest(Base::RekorV1).unwrap();
    let honest: Vec<(Base, Case)> = Base::ALL
        .iter()
        .map(|base| (*base, one.honest(*base).unwrap()))
        .collect();
    for (forgery, base) in cases().filter(|(forgery, base)| forgery.bases.first() == Some(base)) {
        let (first, second) = (
            one.forge(forgery.name, base).unwrap(),
            two.forge(forgery.name, base).unwrap(),
        );
        assert_eq!(first, second, "{}", forgery.name);
        let (_, honest) = honest.iter().find(|(of, _)| *of == base).unwrap();
        assert!(
            first.bundle != honest.bundle || first.trusted_root != honest.trusted_root,
            "{}",
            forgery.name
        );
    }
}

#[test]
fn what_is_not_in_the_table_is_not_forged() {
    let sandbox = sandbox();
    assert!(sandbox.forge("no-such-forgery", Base::RekorV1).is_err());
    assert!(sandbox.forge("chain-empty", Base::RekorV1).is_err());
    assert!(sandbox.forge("chain-empty", Base::RekorV1Old).is_ok());
}
