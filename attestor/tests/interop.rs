//! Bundles across implementations: sigstore-python and sigstore-js verify ours, and we verify theirs, all of them signed
//! with the services of the sandbox. What was changed by one byte is refused by everybody.
//!
//! The peers are installed from their registries, once, into `SLSA_INTEROP_CACHE` (by default `target/interop`). Where
//! that cannot be done, the tests say so and pass; with `SLSA_INTEROP_REQUIRED` set they fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "tests"
)]
#![cfg(unix)]

#[path = "interop/peer.rs"]
mod peer;
mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use peer::{JS, PYTHON, Peer};
use serde_json::{Value, json};
use slsa_attestor::{Certified, ContextRules, LogVisibility, Services, Signer};
use slsa_predicates::Digest;
use slsa_sandbox::{Instance, Server};
use slsa_verifier::{
    Artifact, Error, IdentityRule, Limits, TextRule, TrustRoot, Verified, VerifiedSigner, Verifier, parse,
};
use support::{context, http, sandbox, statement};

const ARTIFACT: &str = "what was built\n";
const IDENTITY: &str =
    "https://git.slsa-sandbox.test/slsa-sandbox/example/.github/workflows/release.yml@refs/heads/main";
const CONFIGS: [&str; 2] = ["signing_config.rekor-v1.json", "signing_config.json"];

/// A bundle, and the artifact where it is not one of a statement.
#[derive(Clone)]
struct Case {
    name: String,
    bundle: String,
    artifact: Option<String>,
}

impl Case {
    fn of_artifact(name: &str, bundle: &str) -> Self {
        let artifact = Some(ARTIFACT.to_owned());
        Self {
            name: format!("{name}, artifact"),
            bundle: bundle.to_owned(),
            artifact,
        }
    }

    fn of_statement(name: &str, bundle: &str) -> Self {
        Self {
            name: format!("{name}, statement"),
            bundle: bundle.to_owned(),
            artifact: None,
        }
    }

    /// The same with one byte of what is signed, of the signature, and of the log's entry changed.
    fn changed(&self) -> Vec<Self> {
        let bundle: Value = serde_json::from_str(&self.bundle).unwrap();
        let with = |what: &str, pointer: &str, place: fn(&[u8]) -> usize| {
            let mut bundle = bundle.clone();
            let field = bundle.pointer_mut(pointer).unwrap();
            let mut bytes = STANDARD.decode(field.as_str().unwrap()).unwrap();
            let place = place(&bytes);
            bytes[place] ^= 1;
            *field = STANDARD.encode(bytes).into();
            let (bundle, name) = (bundle.to_string(), format!("{}, another {what}", self.name));
            Self {
                name,
                bundle,
                artifact: self.artifact.clone(),
            }
        };
        let body = "/verificationMaterial/tlogEntries/0/canonicalizedBody";
        let mut all = vec![with("entry", body, |bytes| bytes.len() / 2)];
        match &self.artifact {
            Some(artifact) => {
                all.push(with("signature", "/messageSignature/signature", |bytes| {
                    bytes.len() - 1
                }));
                let artifact = Some(artifact.replace("built", "guilt"));
                all.push(Self {
                    name: format!("{}, another artifact", self.name),
                    artifact,
                    ..self.clone()
                });
            }
            None => {
                all.push(with("signature", "/dsseEnvelope/signatures/0/sig", |bytes| {
                    bytes.len() - 1
                }));
                // A letter of the predicate's type: still a statement.
                let in_the_type =
                    |bytes: &[u8]| bytes.windows(7).position(|word| word == b"example").unwrap();
                all.push(with("payload", "/dsseEnvelope/payload", in_the_type));
            }
        }
        all
    }
}

/// What a sandbox tells its clients, in files.
struct Task {
    sandbox: Server,
    directory: tempfile::TempDir,
}

impl Task {
    fn new() -> Self {
        let (sandbox, directory) = (sandbox(), tempfile::tempdir().unwrap());
        sandbox.write_files(directory.path()).unwrap();
        Self { sandbox, directory }
    }

    fn root(&self) -> TrustRoot {
        let root = self.sandbox.trusted_root(Instance::Public).unwrap();
        TrustRoot::from_json("sandbox", root.as_bytes()).unwrap()
    }

    fn certified(&self, signer: &Signer) -> Certified {
        let context = context(&self.sandbox, &ContextRules::default(), LogVisibility::Public).unwrap();
        signer.certify(context.token(), context.claims()).unwrap()
    }

    /// Our bundles with each log, and with the one that promises the time also without a timestamp.
    fn ours(&self) -> Vec<Case> {
        let mut all = Vec::new();
        for (name, log, timestamp) in [
            ("Rekor v1 alone", 1, false),
            ("Rekor v1 and timestamp", 1, true),
            ("Rekor v2 and timestamp", 2, true),
        ] {
            let config = self.sandbox.signing_config(Some(log));
            let mut services = Services::from_signing_config(&config, None, Timestamp::now()).unwrap();
            if !timestamp {
                services.timestamps = None;
            }
            let signer = Signer::new(http(), services, vec![self.root()]).unwrap();
            let certified = self.certified(&signer);
            let bundle = signer.sign(&certified, &statement(), Timestamp::now).unwrap();
            all.push(Case::of_statement(name, bundle.json()));
            let bundle = signer
                .sign_artifact(&certified, ARTIFACT.as_bytes(), Timestamp::now)
                .unwrap();
            all.push(Case::of_artifact(name, bundle.json()));
        }
        all
    }

    /// What a peer says of these bundles: nothing of those that it accepts.
    fn judged_by(&self, peer: &Peer, identity: &str, cases: &[Case]) -> Vec<Option<String>> {
        let task: Vec<Value> = cases
            .iter()
            .map(|case| json!({ "bundle": case.bundle, "artifact": case.artifact }))
            .collect();
        let answer = peer.run(
            "verify",
            &json!({
                "directory": self.directory.path(),
                "identity": identity,
                "issuer": self.sandbox.issuer().url(),
                "cases": task,
            }),
        );
        serde_json::from_value(answer).unwrap()
    }

    /// What a peer signs with each log: configuration, artifact's bundle, statement's bundle.
    fn signed_by(&self, peer: &Peer) -> Vec<Value> {
        let answer = peer.run(
            "sign",
            &json!({
                "directory": self.directory.path(),
                "configs": CONFIGS,
                "token": self.sandbox.token(),
                "artifact": ARTIFACT,
                "statement": statement().to_json(),
            }),
        );
        serde_json::from_value(answer).unwrap()
    }

    /// What we say of a bundle: whose certificate it has.
    fn judged_here(&self, case: &Case) -> Result<(), Error> {
        let verifier = Verifier::builder(vec![self.root()]).build().unwrap();
        let attestation = parse(case.bundle.as_bytes(), &Limits::default())?
            .items
            .remove(0)
            .result?;
        let artifact = match &case.artifact {
            Some(artifact) => Artifact::from_bytes(artifact.as_bytes()),
            None => Artifact::from_digest(Digest::parse(&format!("sha256:{}", "ab".repeat(32))).unwrap()),
        };
        let verified = verifier.verify_any(&attestation, &artifact, Timestamp::now())?;
        if let Verified::Statement(verified) = &verified {
            assert_eq!(
                verified.payload(),
                statement().to_json().as_bytes(),
                "{}",
                case.name
            );
        }
        let VerifiedSigner::Certificate(signer) = verified.signature().signer() else {
            panic!("{}: signed by a key", case.name);
        };
        let (identity, issuer) = (
            TextRule::exact(IDENTITY),
            TextRule::exact(self.sandbox.issuer().url()),
        );
        IdentityRule::new(identity.unwrap(), issuer.unwrap())
            .check(signer)
            .unwrap();
        Ok(())
    }
}

fn ours_are_accepted_by(peer: &Peer) {
    let task = Task::new();
    let ours = task.ours();
    let changed: Vec<Case> = ours.iter().flat_map(Case::changed).collect();
    let all = [ours.clone(), changed].concat();
    let verdicts = task.judged_by(peer, IDENTITY, &all);
    assert_eq!((ours.len(), verdicts.len()), (6, all.len()));
    for (index, (case, verdict)) in all.iter().zip(verdicts).enumerate() {
        assert_eq!(
            verdict.is_none(),
            index < ours.len(),
            "{} says of {}: {verdict:?}",
            peer.name,
            case.name
        );
    }
    for case in &all {
        let is_ours = ours.iter().any(|own| own.name == case.name);
        assert_eq!(task.judged_here(case).is_ok(), is_ours, "{}", case.name);
    }
}

fn theirs_are_accepted_here(peer: &Peer, signed: &[Case], task: &Task) {
    for case in signed {
        let verdict = task.judged_here(case);
        assert!(verdict.is_ok(), "of {}'s {}: {verdict:?}", peer.name, case.name);
        for changed in case.changed() {
            assert!(
                task.judged_here(&changed).is_err(),
                "of {}'s {}",
                peer.name,
                changed.name
            );
        }
    }
}

#[test]
fn sigstore_python_accepts_ours_and_refuses_them_changed() {
    let Some(python) = PYTHON.get() else { return };
    ours_are_accepted_by(python);
}

#[test]
fn sigstore_js_accepts_ours_and_refuses_them_changed() {
    let Some(js) = JS.get() else { return };
    ours_are_accepted_by(js);
}

#[test]
fn what_sigstore_python_signs_is_accepted_here_and_refused_changed() {
    let Some(python) = PYTHON.get() else { return };
    let task = Task::new();
    let text = |signed: &Value, key: &str| signed[key].as_str().unwrap().to_owned();
    let signed: Vec<Case> = task
        .signed_by(python)
        .iter()
        .flat_map(|signed| {
            let config = text(signed, "config");
            [
                Case::of_artifact(&config, &text(signed, "artifact")),
                Case::of_statement(&config, &text(signed, "statement")),
            ]
        })
        .collect();
    assert_eq!(signed.len(), 4);
    theirs_are_accepted_here(python, &signed, &task);
}

#[test]
fn what_sigstore_js_signs_is_accepted_here_and_refused_changed() {
    let Some(js) = JS.get() else { return };
    let task = Task::new();
    let answers = task.signed_by(js);
    let [v1, v2] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    let text = |signed: &Value, key: &str| {
        signed[key]
            .as_str()
            .unwrap_or_else(|| panic!("{signed}"))
            .to_owned()
    };
    let signed = [
        Case::of_artifact(CONFIGS[0], &text(v1, "artifact")),
        Case::of_statement(CONFIGS[0], &text(v1, "statement")),
        Case::of_artifact(CONFIGS[1], &text(v2, "artifact")),
    ];
    theirs_are_accepted_here(js, &signed, &task);
    // @sigstore/sign 5.1.0 still asks Rekor v2 for an entry of kind `dsse`, which it has no more: envelopes are logged as
    // `hashedrekord` there (https://github.com/sigstore/architecture-docs/pull/63).
    let refusal = v2.pointer("/statement/error").and_then(Value::as_str);
    assert!(
        refusal.is_some_and(|error| error.contains("hashedRekordRequestV002 is missing")),
        "{v2}"
    );
}

#[test]
fn the_peers_refuse_another_signer() {
    let task = Task::new();
    let peers = [&PYTHON, &JS].into_iter().filter_map(|peer| peer.get());
    let stranger = IDENTITY.replace("release.yml", "other.yml");
    for peer in peers {
        let ours: Vec<Case> = task.ours();
        let verdicts = task.judged_by(peer, &stranger, &ours);
        assert!(
            verdicts.iter().all(Option::is_some),
            "{}: {verdicts:?}",
            peer.name
        );
    }
}
