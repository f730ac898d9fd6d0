//! Statements of made-up runs, verified without any proof: for the tests of what comes after verification. It is
//! not compiled into the library.

use serde_json::{Value, json};
use slsa_predicates::{Digest, Statement};

use crate::artifact::Artifact;
use crate::attestation::Form;
use crate::certificate::{CertificateIdentity, FulcioExtensions, SubjectAlternativeName};
use crate::evidence::Evidence;
use crate::statement::{SignedStatement, VerifiedSignature, VerifiedSigner, VerifiedStatement};

pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const REPOSITORY: &str = "https://github.com/o/r";
pub(crate) const WORKFLOW: &str = "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1.2.3";
pub(crate) const COMMIT: &str = "4d329c75e7ec1725f7c9ce917a8799d408d06be3";
pub(crate) const BUILD_TYPE: &str = "https://actions.github.io/buildtypes/workflow/v1";
const SHA256: &str = "sha256:376e7e01348585b6e6643bc6663146b9d525d9b41228bf180eaeb4d4a3706caa";

/// The artifact that all made-up statements are about.
pub(crate) fn artifact() -> Artifact {
    Artifact::from_digest(Digest::parse(SHA256).unwrap())
}

/// A workflow that GitHub vouches for, in a run of `release.yml` at v1.2.3.
pub(crate) fn identity(signer: &str) -> CertificateIdentity {
    let mut extensions = FulcioExtensions::default();
    let text = |text: &str| Some(text.to_owned());
    extensions.source_repository_uri = text(REPOSITORY);
    extensions.source_repository_ref = text("refs/tags/v1.2.3");
    extensions.source_repository_digest = text(COMMIT);
    extensions.source_repository_identifier = text("1");
    extensions.source_repository_owner_identifier = text("2");
    extensions.build_trigger = text("push");
    extensions.build_config_uri = text(WORKFLOW);
    extensions.run_invocation_uri = text("https://github.com/o/r/actions/runs/7/attempts/1");
    extensions.runner_environment = text("github-hosted");
    CertificateIdentity {
        subject_alternative_name: SubjectAlternativeName::Uri(signer.to_owned()),
        issuer: text(ISSUER),
        extensions,
        authority: "CN=test".to_owned(),
        not_before: jiff::Timestamp::UNIX_EPOCH,
        not_after: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// Provenance v1 of that run, as `actions/attest` writes it.
pub(crate) fn provenance(builder_id: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "tool", "digest": { "sha256": SHA256.trim_start_matches("sha256:") } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": { "workflow": {
                    "ref": "refs/tags/v1.2.3", "repository": REPOSITORY, "path": ".github/workflows/release.yml",
                } },
                "internalParameters": { "github": {
                    "event_name": "push", "repository_id": "1", "repository_owner_id": "2",
                } },
                "resolvedDependencies": [{
                    "uri": "git+https://github.com/o/r@refs/tags/v1.2.3", "digest": { "gitCommit": COMMIT },
                }],
            },
            "runDetails": {
                "builder": { "id": builder_id },
                "metadata": { "invocationId": "https://github.com/o/r/actions/runs/7/attempts/1" },
            },
        },
    })
}

/// The statement, as if this signer's signature had been proven.
pub(crate) fn signed(signer: VerifiedSigner, statement: &Value) -> SignedStatement {
    let payload = statement.to_string().into_bytes();
    let statement = Statement::parse(&payload, &crate::Limits::default().statement()).unwrap();
    let signature = VerifiedSignature {
        form: Form::BundleV0_3,
        signer,
        domain: None,
        evidence: Evidence {
            times: Vec::new(),
            log_entries: Vec::new(),
        },
    };
    SignedStatement::new(
        signature,
        statement,
        payload,
        "application/vnd.in-toto+json".to_owned(),
    )
}

/// The same with a certificate, about the artifact.
pub(crate) fn verified(identity: CertificateIdentity, statement: &Value) -> VerifiedStatement {
    let signer = VerifiedSigner::Certificate(Box::new(identity));
    signed(signer, statement).about(&artifact()).unwrap()
}

/// A holder of a key.
pub(crate) fn key(name: Option<&str>) -> VerifiedSigner {
    VerifiedSigner::Key {
        name: name.map(ToOwned::to_owned),
        fingerprint: "0".repeat(64),
    }
}
