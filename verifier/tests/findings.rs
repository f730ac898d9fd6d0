//! Every code is unique, documented, and reached: one case each, a change away from a real attestation.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, BlobStore, Code, EmbeddedRoot, Engine, IdentityRule, Limits, NotAsExpected, PublicKey,
    TextRule, Timestamp, TrustRoot, VerifiedSigner, Verifier, check_gcloud, compare_with_certificate, parse,
    parse_gcloud, read_oci_layout,
};

/// Codes that no call of the library answers, and where they come from.
const COMMAND_LINE_ONLY: &[Code] = &[Code::FileUnreadable];

/// Tests that reach the codes of expectations, builders, packages, summaries and policies, each beside its twin.
const REACHED_IN: &[&str] = &[
    "src/expect/tests.rs",
    "src/builder/tests.rs",
    "tests/support/rows.rs",
    "tests/policy.rs",
    "tests/summary.rs",
];

#[test]
fn each_code_is_unique_kebab_case_and_documented_under_its_own_heading() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(
        names
            .iter()
            .all(|name| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()))
    );
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/findings.md");
    let page = std::fs::read_to_string(page).unwrap();
    let headings: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .collect();
    assert_eq!(headings.iter().copied().collect::<BTreeSet<_>>(), names);
    assert_eq!(headings.len(), names.len());
}

/// Real attestations to change, and what to verify them with.
struct Lab {
    conformance: std::path::PathBuf,
    github: Value,
    instance: Value,
    rekor2: Value,
    rekor2_root: Value,
    github_artifact: Artifact,
    wheel: Artifact,
    text: Artifact,
}

impl Lab {
    fn open() -> Option<Self> {
        let (github, conformance) = (
            support::corpus("github-cli")?,
            support::corpus("sigstore-conformance")?,
        );
        let json = |path: &Path| serde_json::from_slice(&support::read(path)).unwrap();
        let rekor2 = conformance.join("bundle-verify/rekor2-happy-path");
        let artifact = |path: &Path| Artifact::from_bytes(&support::read(path));
        Some(Self {
            github: json(&github.join("reusable-workflow-attestation.sigstore.json")),
            instance: json(&github.join("github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl")),
            rekor2: json(&rekor2.join("bundle.sigstore.json")),
            rekor2_root: json(&rekor2.join("trusted_root.json")),
            github_artifact: artifact(&github.join("reusable-workflow-artifact")),
            wheel: artifact(&github.join("github_provenance_demo-0.0.12-py3-none-any.whl")),
            text: artifact(&conformance.join("a.txt")),
            conformance,
        })
    }

    fn conformance_file(&self, case: &str, file: &str) -> Vec<u8> {
        support::read(&self.conformance.join("bundle-verify").join(case).join(file))
    }

    fn conformance(&self, case: &str) -> Value {
        serde_json::from_slice(&self.conformance_file(case, "bundle.sigstore.json")).unwrap()
    }

    fn conformance_root(&self, case: &str) -> TrustRoot {
        TrustRoot::from_json("case", &self.conformance_file(case, "trusted_root.json")).unwrap()
    }

    fn rekor2_root(&self) -> TrustRoot {
        TrustRoot::from_json("case", self.rekor2_root.to_string().as_bytes()).unwrap()
    }
}

fn defaults() -> Vec<TrustRoot> {
    EmbeddedRoot::DEFAULT
        .into_iter()
        .map(|root| TrustRoot::embedded(root).unwrap())
        .collect()
}

fn code_at(verifier: &Verifier, bundle: &Value, artifact: &Artifact, now: Timestamp) -> Option<Code> {
    code_of_text(verifier, &bundle.to_string(), artifact, now)
}

fn code_of_text(verifier: &Verifier, bundle: &str, artifact: &Artifact, now: Timestamp) -> Option<Code> {
    let attestation = match parse(bundle.as_bytes(), &Limits::default()) {
        Err(error) => return Some(error.code()),
        Ok(mut parsed) => match parsed.items.remove(0).result {
            Err(error) => return Some(error.code()),
            Ok(attestation) => attestation,
        },
    };
    verifier
        .verify_any(&attestation, artifact, now)
        .err()
        .map(|error| error.code())
}

fn code(roots: Vec<TrustRoot>, bundle: &Value, artifact: &Artifact) -> Option<Code> {
    code_at(
        &Verifier::builder(roots).build().unwrap(),
        bundle,
        artifact,
        support::now(),
    )
}

fn changed(value: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = value.clone();
    change(&mut value);
    value
}

/// Flips a bit in the middle of a base64 field.
fn flip(value: &mut Value) {
    let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    *value = json!(STANDARD.encode(bytes));
}

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

/// A key pair of the test's own, to sign what no real attestation says.
fn signed(payload_type: &str, payload: &[u8]) -> (PublicKey, Value) {
    use aws_lc_rs::signature::KeyPair as _;
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let key = PublicKey::parse(
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
            .to_string()
            .as_bytes(),
    )
    .unwrap();
    let mut pae = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    pae.extend_from_slice(payload);
    let envelope = json!({
        "payloadType": payload_type,
        "payload": STANDARD.encode(payload),
        "signatures": [{ "sig": STANDARD.encode(pair.sign(&pae).as_ref()) }],
    });
    (key, envelope)
}

/// What becomes of a predicate of somebody else in what `gcloud` prints, with a kind and a text beside it.
fn gcloud_code(kind: &str, text: &Value) -> Code {
    let digest = format!("sha256:{}", "0".repeat(64));
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": "0".repeat(64) } }],
        "predicateType": "https://example.com/p", "predicate": {},
    });
    let (key, envelope) = signed("application/vnd.in-toto+json", statement.to_string().as_bytes());
    let name = format!("host/name@{digest}");
    let image = json!({
        "image_summary": { "digest": digest, "fully_qualified_digest": name },
        "provenance_summary": { "provenance": [{
            "kind": kind, "resourceUri": name, "envelope": envelope, "build": { "intotoStatement": text },
        }] },
    });
    let image = parse_gcloud(image.to_string().as_bytes(), &Limits::default()).unwrap();
    let provenance = image.provenances[0].result.as_ref().unwrap();
    let attestation = provenance.signatures[0].result.as_ref().unwrap();
    let artifact = Artifact::from_digest(Digest::parse(&digest).unwrap());
    let verifier = Verifier::builder(Vec::new()).key(key).build().unwrap();
    let verified = verifier.verify(attestation, &artifact, support::now()).unwrap();
    NotAsExpected::from(check_gcloud(&image, provenance, &verified).unwrap_err()).code()
}

struct Layout(Option<&'static str>);

impl BlobStore for Layout {
    fn index(&self, _: usize) -> Option<Vec<u8>> {
        let index = json!({ "manifests": [{ "digest": format!("sha256:{}", "0".repeat(64)) }] });
        Some(index.to_string().into_bytes())
    }

    fn blob(&self, _: &str, _: usize) -> Option<Vec<u8>> {
        self.0.map(|blob| blob.as_bytes().to_vec())
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one case after the other")]
fn each_code_is_reached_by_one_change() {
    let Some(lab) = Lab::open() else { return };
    let mut reached = BTreeSet::new();
    let mut case = |expected: Code, found: Option<Code>| {
        assert_eq!(found, Some(expected));
        reached.insert(expected);
    };
    let artifact = &lab.github_artifact;
    // What is changed below is accepted as it is.
    assert_eq!(code(defaults(), &lab.github, artifact), None);
    assert_eq!(code(defaults(), &lab.instance, &lab.wheel), None);
    assert_eq!(code(vec![lab.rekor2_root()], &lab.rekor2, &lab.text), None);
    let github = |change: &dyn Fn(&mut Value)| code(defaults(), &changed(&lab.github, change), artifact);

    // Could not read.
    let twice = lab.github.to_string().replacen("{\"", "{\"a\":0,\"a\":0,\"", 1);
    let verifier = Verifier::builder(defaults()).build().unwrap();
    case(
        Code::JsonInvalid,
        code_of_text(&verifier, &twice, artifact, support::now()),
    );
    case(
        Code::LimitExceeded,
        github(&|bundle| {
            let first = entry(bundle).clone();
            bundle["verificationMaterial"]["tlogEntries"] = json!(vec![first; 33]);
        }),
    );
    case(
        Code::BundleMediaType,
        github(&|bundle| {
            bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.9+json");
        }),
    );
    case(
        Code::BundleShape,
        github(&|bundle| bundle["messageSignature"] = json!({ "signature": "AA==" })),
    );
    case(
        Code::BundleEncoding,
        github(&|bundle| entry(bundle)["logIndex"] = json!("-1")),
    );
    case(
        Code::SignatureCount,
        github(&|bundle| {
            let first = bundle["dsseEnvelope"]["signatures"][0].clone();
            bundle["dsseEnvelope"]["signatures"] = json!([first, first]);
        }),
    );
    case(
        Code::CertificateMalformed,
        github(&|bundle| {
            bundle["verificationMaterial"]["certificate"]["rawBytes"] = json!("AAAA");
        }),
    );
    case(
        Code::NoAttestation,
        parse(b"{}", &Limits::default()).err().map(|error| error.code()),
    );
    for (blob, expected) in [(None, Code::OciLayout), (Some("other bytes"), Code::OciLayout)] {
        case(
            expected,
            read_oci_layout(&Layout(blob), &Limits::default())
                .err()
                .map(|error| error.code()),
        );
    }
    for (payload_type, payload, expected) in [
        (
            "application/vnd.in-toto+json",
            &b"{}"[..],
            Code::StatementMalformed,
        ),
        ("application/octet-stream", &b"{}"[..], Code::PayloadType),
    ] {
        let (key, envelope) = signed(payload_type, payload);
        let verifier = Verifier::builder(Vec::new()).key(key).build().unwrap();
        case(expected, code_at(&verifier, &envelope, artifact, support::now()));
    }

    // Not authentic.
    case(
        Code::CertificateUntrusted,
        code(vec![lab.rekor2_root()], &lab.instance, &lab.wheel),
    );
    case(
        Code::SignatureInvalid,
        code(defaults(), &lab.conformance("dsse-invalid-sig_fail"), &lab.text),
    );
    case(
        Code::LogEntryMissing,
        code(
            vec![lab.rekor2_root()],
            &changed(&lab.rekor2, |bundle| {
                bundle["verificationMaterial"]["tlogEntries"] = json!([])
            }),
            &lab.text,
        ),
    );
    case(
        Code::LogUnknown,
        github(&|bundle| flip(&mut entry(bundle)["logId"]["keyId"])),
    );
    case(
        Code::LogEntryKind,
        github(&|bundle| entry(bundle)["kindVersion"]["version"] = json!("0.0.9")),
    );
    case(
        Code::LogEntryMismatch,
        code(defaults(), &lab.conformance("dsse-mismatch-sig_fail"), &lab.text),
    );
    case(
        Code::LogProofMissing,
        github(&|bundle| {
            entry(bundle).as_object_mut().unwrap().remove("inclusionProof");
        }),
    );
    case(
        Code::LogProofInvalid,
        github(&|bundle| flip(&mut entry(bundle)["inclusionProof"]["hashes"][0])),
    );
    case(
        Code::LogCheckpointInvalid,
        github(&|bundle| {
            entry(bundle)["inclusionProof"]["checkpoint"]["envelope"] = json!("no checkpoint");
        }),
    );
    case(
        Code::LogPromiseInvalid,
        github(&|bundle| entry(bundle)["integratedTime"] = json!("1716578065")),
    );
    case(
        Code::TimeMissing,
        github(&|bundle| {
            entry(bundle).as_object_mut().unwrap().remove("inclusionPromise");
        }),
    );
    let before = "2024-05-24T19:14:23Z".parse().unwrap();
    case(
        Code::LogTimeFuture,
        code_at(&verifier, &lab.github, artifact, before),
    );
    let timestamp = |change: &dyn Fn(&mut Value)| {
        code(
            defaults(),
            &changed(&lab.instance, |bundle| {
                change(
                    &mut bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0],
                );
            }),
            &lab.wheel,
        )
    };
    case(
        Code::TimestampInvalid,
        timestamp(&|timestamp| flip(&mut timestamp["signedTimestamp"])),
    );
    let root = |change: &dyn Fn(&mut Value)| {
        let root = changed(&lab.rekor2_root, change);
        code(
            vec![TrustRoot::from_json("changed", root.to_string().as_bytes()).unwrap()],
            &lab.rekor2,
            &lab.text,
        )
    };
    let past = json!({ "start": "2001-01-01T00:00:00Z", "end": "2001-01-02T00:00:00Z" });
    let every = |list: &mut Value, change: &dyn Fn(&mut Value)| {
        list.as_array_mut().unwrap().iter_mut().for_each(change);
    };
    case(
        Code::TimestampAuthorityExpired,
        root(&|root| {
            every(&mut root["timestampAuthorities"], &|authority| {
                authority["validFor"] = past.clone()
            });
        }),
    );
    case(
        Code::CertificateExpired,
        root(&|root| {
            every(&mut root["certificateAuthorities"], &|authority| {
                authority["validFor"] = past.clone()
            });
        }),
    );
    case(
        Code::CertificateTimestamp,
        root(&|root| {
            every(&mut root["ctlogs"], &|log| {
                log["publicKey"]["validFor"] = past.clone()
            });
        }),
    );
    case(
        Code::LogKeyExpired,
        root(&|root| {
            every(&mut root["tlogs"], &|log| {
                log["publicKey"]["validFor"] = past.clone()
            });
        }),
    );
    case(Code::SubjectMismatch, code(defaults(), &lab.github, &lab.wheel));
    let case_root = lab.conformance_root("intoto-log-entry-mismatch_fail");
    let malformed = lab.conformance("intoto-log-entry-mismatch_fail");
    case(
        Code::LogEntryMalformed,
        code(vec![case_root], &malformed, &lab.text),
    );
    case(Code::EngineRefused, {
        let verifier = Verifier::builder(defaults())
            .engine(Engine::SigstoreVerify)
            .build()
            .unwrap();
        let bundle = changed(&lab.github, |bundle| {
            flip(&mut entry(bundle)["inclusionProof"]["hashes"][0])
        });
        code_at(&verifier, &bundle, artifact, support::now())
    });
    // The curve's identifier in the certificate: P-192 instead of P-256.
    case(
        Code::KeyUnsupported,
        github(&|bundle| {
            let field = &mut bundle["verificationMaterial"]["certificate"]["rawBytes"];
            let mut der = STANDARD.decode(field.as_str().unwrap()).unwrap();
            let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let at = der.windows(8).position(|window| window == curve).unwrap();
            der[at + 7] = 0x01;
            *field = json!(STANDARD.encode(der));
        }),
    );
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha512": "0".repeat(128) } }],
        "predicateType": "https://example.com/p", "predicate": {},
    });
    let (key, envelope) = signed("application/vnd.in-toto+json", statement.to_string().as_bytes());
    let with = |key: PublicKey| Verifier::builder(Vec::new()).key(key).build().unwrap();

    // Could not decide.
    let until = key.clone().with_validity(None, Some(before));
    case(
        Code::NoSigningTime,
        code_at(&with(until), &envelope, artifact, support::now()),
    );
    case(Code::KeyRequired, code(defaults(), &envelope, artifact));
    let message = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": {} },
        "messageSignature": { "signature": "AAAA" },
    });
    let digest = Artifact::from_digest(Digest::parse(&format!("sha256:{}", "0".repeat(64))).unwrap());
    case(
        Code::DigestRequired,
        code_at(&with(key.clone()), &message, &digest, support::now()),
    );
    case(Code::EngineUnsupported, {
        let (key, _) = signed("t", b"");
        let verifier = Verifier::builder(vec![lab.rekor2_root()])
            .key(key)
            .engine(Engine::SigstoreVerify)
            .build()
            .unwrap();
        let mut keyed = changed(&lab.rekor2, |bundle| {
            bundle.as_object_mut().unwrap().remove("messageSignature");
            let material = bundle["verificationMaterial"].as_object_mut().unwrap();
            material.remove("certificate");
            material.insert("publicKey".to_owned(), json!({}));
        });
        let commit = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "gitCommit": "0".repeat(40) } }],
            "predicateType": "https://example.com/p", "predicate": {},
        });
        keyed["dsseEnvelope"] = signed("application/vnd.in-toto+json", commit.to_string().as_bytes()).1;
        code_at(&verifier, &keyed, &digest, support::now())
    });
    let managed = lab.conformance("managed-key-happy-path");
    let key = PublicKey::parse(&lab.conformance_file("managed-key-happy-path", "key.pub")).unwrap();
    let keyed = |key| {
        let verifier = Verifier::builder(defaults()).key(key).build().unwrap();
        code_at(&verifier, &managed, &lab.text, support::now())
    };
    assert_eq!(keyed(key.clone()), None);
    let until = "2001-01-01T00:00:00Z".parse().unwrap();
    case(Code::KeyExpired, keyed(key.with_validity(None, Some(until))));

    // Not as expected.
    let attestation = parse(lab.github.to_string().as_bytes(), &Limits::default())
        .unwrap()
        .items
        .remove(0);
    let verified = verifier
        .verify(&attestation.result.unwrap(), artifact, support::now())
        .unwrap();
    let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
        panic!("no certificate")
    };
    let rule = |name: &str, issuer: &str| {
        let rule = IdentityRule::new(TextRule::exact(name).unwrap(), TextRule::exact(issuer).unwrap());
        rule.check(identity).err().map(|error| error.code())
    };
    let issuer = "https://token.actions.githubusercontent.com";
    case(
        Code::IdentityMismatch,
        rule(
            "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main",
            issuer,
        ),
    );
    case(
        Code::IssuerMismatch,
        rule(identity.subject_alternative_name.as_str(), "https://gitlab.com"),
    );
    let mut provenance = verified.provenance().unwrap();
    provenance.event = Some("pull_request_target".to_owned());
    let disagreement = compare_with_certificate(&provenance, identity).unwrap_err();
    case(
        Code::EventDisagrees,
        Some(slsa_verifier::NotAsExpected::from(disagreement).code()),
    );
    for (kind, text, expected) in [
        ("OTHER", Value::Null, Code::GcloudMetadata),
        ("BUILD", json!({}), Code::GcloudTextDiffers),
        ("BUILD", Value::Null, Code::GcloudRecipe),
    ] {
        case(expected, Some(gcloud_code(kind, &text)));
    }
    let attestation = parse(lab.rekor2.to_string().as_bytes(), &Limits::default())
        .unwrap()
        .items
        .remove(0);
    let refused = verifier.verify(&attestation.result.unwrap(), &lab.text, support::now());
    case(Code::NotAStatement, refused.err().map(|error| error.code()));

    // Configuration.
    case(
        Code::TrustRootInvalid,
        TrustRoot::from_json("empty", b"{}")
            .err()
            .map(|error| error.code()),
    );
    case(
        Code::IdentityRuleInvalid,
        TextRule::pattern(".*").err().map(|error| error.code()),
    );
    case(
        Code::KeyInvalid,
        PublicKey::parse(b"no key").err().map(|error| error.code()),
    );

    reached.extend(COMMAND_LINE_ONLY);
    for file in REACHED_IN {
        let text = support::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
        let text = String::from_utf8(text).unwrap();
        reached.extend(
            Code::ALL
                .iter()
                .filter(|code| text.contains(&format!("Code::{code:?}"))),
        );
    }
    let missing: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| !reached.contains(code))
        .collect();
    assert_eq!(missing, []);
}
