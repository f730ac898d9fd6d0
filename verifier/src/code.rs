//! The stable names of findings: one kebab-case code for each reason to refuse.

use std::fmt;

/// What a finding means for the artifact.
///
/// The outcomes stay apart because a caller acts differently on each; none but an acceptance admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// The attestation is malformed or beyond a limit: *could not read*.
    Unreadable,
    /// The evidence does not hold: *not authentic*.
    NotAuthentic,
    /// The evidence holds, and it is not what was asked for: *not as expected*.
    NotAsExpected,
    /// Something that the decision needs is missing: *could not decide*.
    Undecided,
    /// There is no attestation at all.
    NoAttestation,
    /// The caller's own configuration is at fault: trust root, key or rule.
    Configuration,
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $text:literal, $outcome:ident; )+) => {
        /// The stable code of a finding.
        ///
        /// Each is described in `docs/reference/findings.md` under its own heading.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $( $(#[doc = $doc])+ $variant, )+ }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Returns the code as it stands in output and documentation.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }

            /// Returns what a finding of this code means for the artifact.
            #[must_use]
            pub fn outcome(self) -> Outcome {
                match self { $( Self::$variant => Outcome::$outcome, )+ }
            }
        }
    };
}

codes! {
    /// The input is not JSON, repeats a key, or is nested too deeply.
    JsonInvalid = "json-invalid", Unreadable;
    /// A size, count or depth is beyond its limit.
    LimitExceeded = "limit-exceeded", Unreadable;
    /// The bundle's media type is missing or unknown.
    BundleMediaType = "bundle-media-type", Unreadable;
    /// A field is missing, contradicts another, or does not belong in this version of the bundle.
    BundleShape = "bundle-shape", Unreadable;
    /// A field is not the base64 or the number that it should be.
    BundleEncoding = "bundle-encoding", Unreadable;
    /// The envelope does not hold exactly one signature.
    SignatureCount = "signature-count", Unreadable;
    /// The certificate cannot be parsed, or holds a field twice.
    CertificateMalformed = "certificate-malformed", Unreadable;
    /// The payload is not an in-toto statement that follows the specification.
    StatementMalformed = "statement-malformed", Unreadable;
    /// The payload's type is not in-toto's.
    PayloadType = "payload-type", Unreadable;
    /// The OCI layout lacks a blob, or a blob's digest is not its name.
    OciLayout = "oci-layout", Unreadable;

    /// No trust root's authority issued the certificate.
    CertificateUntrusted = "certificate-untrusted", NotAuthentic;
    /// The signature was made outside the validity of the certificate or of its authority.
    CertificateExpired = "certificate-expired", NotAuthentic;
    /// The certificate carries no valid timestamp of a trusted certificate transparency log.
    CertificateTimestamp = "certificate-timestamp", NotAuthentic;
    /// The signature does not fit the content and the key.
    SignatureInvalid = "signature-invalid", NotAuthentic;
    /// The key's algorithm is not supported.
    KeyUnsupported = "key-unsupported", NotAuthentic;
    /// The signature was made outside the key's validity.
    KeyExpired = "key-expired", NotAuthentic;
    /// The trust root demands a transparency log entry, and there is none.
    LogEntryMissing = "log-entry-missing", NotAuthentic;
    /// The entry is in a log that the trust root does not name.
    LogUnknown = "log-unknown", NotAuthentic;
    /// The entry's kind is unknown or does not fit the content.
    LogEntryKind = "log-entry-kind", NotAuthentic;
    /// The entry's body cannot be parsed.
    LogEntryMalformed = "log-entry-malformed", NotAuthentic;
    /// The entry is about another signature, key or content.
    LogEntryMismatch = "log-entry-mismatch", NotAuthentic;
    /// The entry comes without the inclusion proof that the bundle's version demands.
    LogProofMissing = "log-proof-missing", NotAuthentic;
    /// The inclusion proof does not lead to the log's root.
    LogProofInvalid = "log-proof-invalid", NotAuthentic;
    /// The checkpoint is malformed, or the entry's log did not sign it.
    LogCheckpointInvalid = "log-checkpoint-invalid", NotAuthentic;
    /// The log's promise (signed entry timestamp) does not verify.
    LogPromiseInvalid = "log-promise-invalid", NotAuthentic;
    /// The entry was logged outside the validity of the log's key.
    LogKeyExpired = "log-key-expired", NotAuthentic;
    /// The log's time lies in the future.
    LogTimeFuture = "log-time-future", NotAuthentic;
    /// A signed timestamp does not verify under any authority of the trust root.
    TimestampInvalid = "timestamp-invalid", NotAuthentic;
    /// A signed timestamp lies outside the validity of the authority that signed it.
    TimestampAuthorityExpired = "timestamp-authority-expired", NotAuthentic;
    /// Nothing authenticates the time of signing.
    TimeMissing = "time-missing", NotAuthentic;
    /// The statement is about another artifact.
    SubjectMismatch = "subject-mismatch", NotAuthentic;
    /// The second engine refused what the first accepted.
    EngineRefused = "engine-refused", NotAuthentic;

    /// The signer is not the expected one.
    IdentityMismatch = "identity-mismatch", NotAsExpected;
    /// The signer's identity was vouched for by another issuer.
    IssuerMismatch = "issuer-mismatch", NotAsExpected;
    /// The provenance names another repository of the workflow than the certificate.
    WorkflowRepositoryDisagrees = "workflow-repository-disagrees", NotAsExpected;
    /// The provenance names another source repository than the certificate.
    SourceRepositoryDisagrees = "source-repository-disagrees", NotAsExpected;
    /// The provenance names another ref of the workflow than the certificate.
    WorkflowRefDisagrees = "workflow-ref-disagrees", NotAsExpected;
    /// The provenance names another ref of the source than the certificate.
    SourceRefDisagrees = "source-ref-disagrees", NotAsExpected;
    /// The provenance names another commit than the certificate.
    CommitDisagrees = "commit-disagrees", NotAsExpected;
    /// The provenance names another event than the certificate.
    EventDisagrees = "event-disagrees", NotAsExpected;
    /// The provenance names another workflow than the certificate.
    WorkflowPathDisagrees = "workflow-path-disagrees", NotAsExpected;
    /// The provenance gives another number of the repository than the certificate.
    RepositoryIdDisagrees = "repository-id-disagrees", NotAsExpected;
    /// The provenance gives another number of the owner than the certificate.
    RepositoryOwnerIdDisagrees = "repository-owner-id-disagrees", NotAsExpected;
    /// The provenance gives another number of the run than the certificate.
    RunIdDisagrees = "run-id-disagrees", NotAsExpected;
    /// The provenance gives another attempt of the run than the certificate.
    RunAttemptDisagrees = "run-attempt-disagrees", NotAsExpected;
    /// The provenance names another kind of runner than the certificate.
    RunnerEnvironmentDisagrees = "runner-environment-disagrees", NotAsExpected;
    /// Provenance that the build itself wrote claims what the certificate does not back.
    ClaimUnbacked = "claim-unbacked", NotAsExpected;
    /// The predicate is of another type than was asked for.
    PredicateTypeMismatch = "predicate-type-mismatch", NotAsExpected;
    /// The statement is no provenance, and provenance was asked for.
    NotProvenance = "not-provenance", NotAsExpected;
    /// The provenance contradicts its own predicate or build type.
    ProvenanceMalformed = "provenance-malformed", NotAsExpected;
    /// No row of the table trusts the signer, or lets it speak for the builder.
    BuilderUntrusted = "builder-untrusted", NotAsExpected;
    /// The builder was used at a ref at which it is not trusted.
    BuilderRef = "builder-ref", NotAsExpected;
    /// The predicate names another builder than the one that signed.
    BuilderIdMismatch = "builder-id-mismatch", NotAsExpected;
    /// The builder makes no provenance of this build type.
    BuilderBuildType = "builder-build-type", NotAsExpected;
    /// Another builder was expected.
    BuilderMismatch = "builder-mismatch", NotAsExpected;
    /// The build ran on a machine that GitHub does not host.
    RunnerSelfHosted = "runner-self-hosted", NotAsExpected;
    /// The proven SLSA build level is below the expected one.
    LevelTooLow = "level-too-low", NotAsExpected;
    /// The source is another repository.
    SourceMismatch = "source-mismatch", NotAsExpected;
    /// The number of the repository or of its owner is another one.
    SourceIdMismatch = "source-id-mismatch", NotAsExpected;
    /// Another branch was built.
    BranchMismatch = "branch-mismatch", NotAsExpected;
    /// Another tag was built.
    TagMismatch = "tag-mismatch", NotAsExpected;
    /// The tag is of another version.
    VersionedTagMismatch = "versioned-tag-mismatch", NotAsExpected;
    /// A tag was expected, and something else was built.
    NotATag = "not-a-tag", NotAsExpected;
    /// Another commit was built.
    CommitMismatch = "commit-mismatch", NotAsExpected;
    /// The build type is another one.
    BuildTypeMismatch = "build-type-mismatch", NotAsExpected;
    /// Another event started the build.
    EventMismatch = "event-mismatch", NotAsExpected;
    /// Another workflow was started.
    WorkflowMismatch = "workflow-mismatch", NotAsExpected;
    /// An input is missing, or has another value.
    InputMismatch = "input-mismatch", NotAsExpected;
    /// An external parameter is missing, or has another value.
    ParameterMismatch = "parameter-mismatch", NotAsExpected;
    /// There is an external parameter that is neither known nor allowed.
    ParameterUnknown = "parameter-unknown", NotAsExpected;
    /// The package has another name.
    PackageNameMismatch = "package-name-mismatch", NotAsExpected;
    /// The package has another version.
    PackageVersionMismatch = "package-version-mismatch", NotAsExpected;
    /// Another verifier made the summary.
    VerifierMismatch = "verifier-mismatch", NotAsExpected;
    /// The summary is for another resource.
    ResourceMismatch = "resource-mismatch", NotAsExpected;
    /// The summary says that verification failed.
    VerificationFailed = "verification-failed", NotAsExpected;
    /// The summary does not list a level that was asked for.
    VerifiedLevelMissing = "verified-level-missing", NotAsExpected;
    /// The policy has no rule for the artifact.
    NoRule = "no-rule", NotAsExpected;
    /// Fewer attestations than the policy demands meet a requirement.
    TooFewAttestations = "too-few-attestations", NotAsExpected;
    /// A condition of the policy is not met.
    ConditionFalse = "condition-false", NotAsExpected;
    /// The signature is over the artifact itself: there is no statement.
    NotAStatement = "not-a-statement", NotAsExpected;
    /// What Google wrote beside a provenance is about another artifact or is no build.
    GcloudMetadata = "gcloud-metadata", NotAsExpected;
    /// The text that Google wrote beside a provenance is not what was signed.
    GcloudTextDiffers = "gcloud-text-differs", NotAsExpected;
    /// Builder, recipe or key are none of Google Cloud Build's, or do not belong together.
    GcloudRecipe = "gcloud-recipe", NotAsExpected;

    /// An envelope without log entry or timestamp: when it was signed cannot be known.
    NoSigningTime = "no-signing-time", Undecided;
    /// A public key is needed that the caller did not give.
    KeyRequired = "key-required", Undecided;
    /// The artifact's digest is needed in an algorithm that was not given.
    DigestRequired = "digest-required", Undecided;
    /// The engine cannot express this kind of evidence.
    EngineUnsupported = "engine-unsupported", Undecided;
    /// A condition of the policy could not be evaluated.
    ConditionFailed = "condition-failed", Undecided;
    /// A file cannot be read.
    FileUnreadable = "file-unreadable", Undecided;

    /// There is nothing to verify.
    NoAttestation = "no-attestation", NoAttestation;

    /// The trust root is malformed or cannot be used.
    TrustRootInvalid = "trust-root-invalid", Configuration;
    /// The given key is malformed or its algorithm is not supported.
    KeyInvalid = "key-invalid", Configuration;
    /// The policy cannot be used.
    PolicyInvalid = "policy-invalid", Configuration;
    /// The expected identity is empty, matches everything or is no pattern.
    IdentityRuleInvalid = "identity-rule-invalid", Configuration;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
