//! Each forgery is refused, with the code that says what is wrong, and what it was made of is accepted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use slsa_sandbox::{Base, Case, Clock, Forgery, Sandbox, forgeries};
use slsa_verifier::{
    Artifact, Code, Engine, IdentityRule, Limits, TextRule, TrustRoot, Verified, VerifiedSigner, Verifier,
    parse,
};

/// What the verifier does not refuse, or calls something else, and why that stands.
const KNOWN: &[(&str, &str, &str)] = &[];

/// What only the library's engine accepts, and why that is its own affair.
const LAXER: &[(&str, &str)] = &[];

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
    let artifact = Artifact::from_bytes(&case.artifact);
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
    let mut known = BTreeSet::new();
    for (forgery, base) in cases() {
        let case = sandbox
            .forge(forgery.name, base)
            .unwrap_or_else(|error| panic!("{} of {base:?}: {error}", forgery.name));
        let found = verify(&case, forgery.provenance, Engine::Native);
        let code = found
            .as_ref()
            .map_or_else(|(code, _)| code.as_str(), |()| "accepted");
        let entry = KNOWN.iter().find(|(name, _, _)| *name == forgery.name);
        if let Some((name, ..)) = entry {
            known.insert(*name);
        }
        if code != entry.map_or(forgery.code, |(_, code, _)| *code) {
            wrong.push(format!("{} of {}: {found:?}", forgery.name, base.name()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(known.len(), KNOWN.len(), "each known one is still there");
}

#[test]
fn the_library_refuses_each_forgery_too() {
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for (forgery, base) in cases() {
        let case = sandbox.forge(forgery.name, base).unwrap();
        let accepted = verify(&case, forgery.provenance, Engine::SigstoreVerify).is_ok();
        let known = KNOWN.iter().any(|(name, _, _)| *name == forgery.name);
        let laxer = LAXER.iter().any(|(name, _)| *name == forgery.name);
        if accepted != laxer && !known {
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
    for (forgery, base) in cases().filter(|(forgery, base)| forgery.bases.first() == Some(base)) {
        let (first, second) = (
            one.forge(forgery.name, base).unwrap(),
            two.forge(forgery.name, base).unwrap(),
        );
        assert_eq!(first, second, "{}", forgery.name);
        let honest = one.honest(base).unwrap();
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
