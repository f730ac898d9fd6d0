//! The honest bundles that forgeries are made of: provenance of one run of a workflow.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::document::sorted;
use crate::bundle::{BundleRequest, BundleVersion, Content};
use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::identity::{Identity, SubjectName};
use crate::sandbox::Instance;

/// The artifact.
pub const ARTIFACT: &[u8] = b"an artifact of the sandbox\n";

/// The server of the repositories, below a domain that cannot exist (RFC 6761, section 6.2).
const SERVER: &str = "https://git.slsa-sandbox.test";
const REPOSITORY: &str = "https://git.slsa-sandbox.test/example/project";
const COMMIT: &str = "4d329c75e7ec1725f7c9ce917a8799d408d06be3";
const RUN: &str = "https://git.slsa-sandbox.test/example/project/actions/runs/7/attempts/1";

/// A kind of honest bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Base {
    /// A statement in a bundle of version 0.3, logged in Rekor v1 as `dsse` 0.0.1.
    RekorV1,
    /// The same in a bundle of version 0.1, logged as `intoto` 0.0.2.
    RekorV1Old,
    /// The same in a bundle of version 0.3, logged in Rekor v2.
    RekorV2,
    /// The same of the instance without logs.
    Private,
    /// A person's signature over the artifact itself, logged in Rekor v1.
    Message,
    /// The same logged in Rekor v2.
    MessageRekorV2,
}

impl Base {
    // The smallest stand first, which `testdata/` is made of.
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Private,
        Self::Message,
        Self::MessageRekorV2,
        Self::RekorV1,
        Self::RekorV1Old,
        Self::RekorV2,
    ];
    /// Those with a transparency log entry.
    pub(super) const LOGGED: &'static [Self] = &[
        Self::Message,
        Self::MessageRekorV2,
        Self::RekorV1,
        Self::RekorV1Old,
        Self::RekorV2,
    ];
    /// Those in Rekor v1.
    pub(super) const V1: &'static [Self] = &[Self::Message, Self::RekorV1, Self::RekorV1Old];
    /// Those in Rekor v2.
    pub(super) const V2: &'static [Self] = &[Self::MessageRekorV2, Self::RekorV2];
    /// Those with a timestamp.
    pub(super) const TIMESTAMPED: &'static [Self] = &[Self::Private, Self::MessageRekorV2, Self::RekorV2];
    /// Those with an envelope.
    pub(super) const ENVELOPES: &'static [Self] =
        &[Self::Private, Self::RekorV1, Self::RekorV1Old, Self::RekorV2];
    /// Those with a signature over the artifact itself.
    pub(super) const MESSAGES: &'static [Self] = &[Self::Message, Self::MessageRekorV2];
    /// One with each way to know the time.
    pub(super) const EACH_TIME: &'static [Self] = &[Self::Private, Self::RekorV1, Self::RekorV2];

    /// Returns the kind's name in kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RekorV1 => "rekor-v1",
            Self::RekorV1Old => "rekor-v1-old",
            Self::RekorV2 => "rekor-v2",
            Self::Private => "private",
            Self::Message => "message",
            Self::MessageRekorV2 => "message-rekor-v2",
        }
    }

    /// Returns the instance that vouches for it.
    #[must_use]
    pub fn instance(self) -> Instance {
        match self {
            Self::Private => Instance::Private,
            _ => Instance::Public,
        }
    }

    /// Returns who signs.
    pub(super) fn identity(self) -> Result<Identity, SandboxError> {
        match self {
            Self::Message | Self::MessageRekorV2 => Ok(Identity::email(
                "someone@slsa-sandbox.test",
                "https://accounts.slsa-sandbox.test",
            )),
            _ => identity(),
        }
    }

    pub(crate) fn request(self) -> Result<BundleRequest, SandboxError> {
        let content = match self {
            Self::Message | Self::MessageRekorV2 => Content::Message(ARTIFACT.to_vec()),
            _ => Content::statement(statement("https://slsa.dev/provenance/v1", &provenance_v1()?)),
        };
        let request = BundleRequest::new(self.identity()?, content);
        Ok(match self {
            Self::RekorV1 | Self::Message => request,
            Self::RekorV1Old => BundleRequest {
                version: BundleVersion::V0_1,
                entry: Some(EntryKind::IntotoV002),
                ..request
            },
            Self::RekorV2 | Self::MessageRekorV2 => request.in_rekor_v2(),
            Self::Private => request.private(),
        })
    }
}

/// Returns the claims of the workflow's token.
fn claims() -> Map<String, Value> {
    let text = [
        ("iss", "https://token.slsa-sandbox.test"),
        ("sub", "repo:example/project:ref:refs/tags/v1.2.3"),
        ("event_name", "push"),
        ("sha", COMMIT),
        ("workflow", "release"),
        ("repository", "example/project"),
        ("ref", "refs/tags/v1.2.3"),
        ("repository_id", "1001"),
        ("repository_owner", "example"),
        ("repository_owner_id", "2002"),
        ("repository_visibility", "public"),
        ("run_id", "7"),
        ("run_attempt", "1"),
        (
            "workflow_ref",
            "example/project/.github/workflows/release.yml@refs/tags/v1.2.3",
        ),
        ("workflow_sha", COMMIT),
        (
            "job_workflow_ref",
            "example/builder/.github/workflows/build.yml@refs/tags/v1.0.0",
        ),
        ("job_workflow_sha", "9b1c38f1c4d9a1d6a3f28c5b12f0a7a4f1e0d2c3"),
        ("runner_environment", "github-hosted"),
    ];
    text.into_iter()
        .map(|(claim, value)| (claim.to_owned(), value.into()))
        .collect()
}

fn identity() -> Result<Identity, SandboxError> {
    Identity::from_claims(&claims(), SERVER)
}

/// Returns whom to expect: a name, and who vouches for it.
pub(crate) fn expected(identity: Identity) -> (String, String) {
    let (SubjectName::Uri(name) | SubjectName::Email(name)) = identity.name;
    (name, identity.issuer)
}

/// Returns a statement about the artifact.
pub(crate) fn statement(predicate_type: &str, predicate: &Value) -> String {
    sorted(json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "artifact", "digest": { "sha256": hex::encode(Sha256::digest(ARTIFACT)) } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    }))
    .to_string()
}

/// Returns the predicate that says of the run what the certificate says.
pub(crate) fn provenance_v1() -> Result<Value, SandboxError> {
    Ok(json!({
        "buildDefinition": {
            "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {
                    "ref": "refs/tags/v1.2.3",
                    "repository": REPOSITORY,
                    "path": ".github/workflows/release.yml",
                },
            },
            "internalParameters": {
                "github": {
                    "event_name": "push",
                    "repository_id": "1001",
                    "repository_owner_id": "2002",
                    "runner_environment": "github-hosted",
                },
            },
            "resolvedDependencies": [{
                "uri": format!("git+{REPOSITORY}@refs/tags/v1.2.3"),
                "digest": { "gitCommit": COMMIT },
            }],
        },
        "runDetails": {
            "builder": { "id": expected(identity()?).0 },
            "metadata": {
                "invocationId": RUN,
                "startedOn": "2026-07-01T11:58:00Z",
                "finishedOn": "2026-07-01T11:59:00Z",
            },
        },
    }))
}

/// Returns the same as v0.2 had it.
pub(crate) fn provenance_v02() -> Result<Value, SandboxError> {
    let source = format!("git+{REPOSITORY}@refs/tags/v1.2.3");
    let digest = json!({ "sha1": COMMIT });
    Ok(json!({
        "builder": { "id": expected(identity()?).0 },
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": { "uri": source, "digest": digest, "entryPoint": ".github/workflows/release.yml" },
            "parameters": {},
            "environment": {
                "github_event_name": "push",
                "github_ref": "refs/tags/v1.2.3",
                "github_ref_type": "tag",
                "github_repository_id": "1001",
                "github_repository_owner_id": "2002",
                "github_run_id": "7",
                "github_run_attempt": "1",
                "github_sha1": COMMIT,
            },
        },
        "metadata": { "buildInvocationID": "7-1" },
        "materials": [{ "uri": source, "digest": digest }],
    }))
}
