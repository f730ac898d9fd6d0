//! What to do about a finding: one line for each code.

use crate::code::Code;

/// Returns the advice for a finding.
pub(crate) fn of(code: Code) -> &'static str {
    match code {
        Code::JsonInvalid
        | Code::BundleMediaType
        | Code::BundleShape
        | Code::BundleEncoding
        | Code::SignatureCount
        | Code::CertificateMalformed
        | Code::StatementMalformed
        | Code::OciLayout => {
            "the attestation is damaged or was made by something unknown: fetch it again, and look at it with `slsa-verify inspect`"
        }
        Code::LimitExceeded => "no known producer makes an attestation of this size: do not use it",
        Code::PayloadType => {
            "look at the payload with `slsa-verify inspect`; it cannot be verified against an artifact"
        }
        Code::CertificateUntrusted => {
            "if it comes from another Sigstore instance, give its root with --trusted-root; staging is asked for with --trust-domain staging"
        }
        Code::CertificateExpired | Code::LogKeyExpired | Code::TimestampAuthorityExpired => {
            "the signature was made when its authority no longer, or not yet, counted; if the trust root is old, run `slsa-verify trust update`"
        }
        Code::LogUnknown | Code::CertificateTimestamp | Code::TimestampInvalid => {
            "the trust root may be too old: run `slsa-verify trust update`, or give another with --trusted-root"
        }
        Code::SignatureInvalid
        | Code::LogEntryMalformed
        | Code::LogEntryMismatch
        | Code::LogProofInvalid
        | Code::LogCheckpointInvalid
        | Code::LogPromiseInvalid
        | Code::LogEntryKind
        | Code::EngineRefused => "the evidence was altered after it was made: do not use the artifact",
        Code::LogEntryMissing | Code::LogProofMissing | Code::TimeMissing => {
            "the bundle is incomplete: fetch it from where it was published, or have the artifact signed again"
        }
        Code::LogTimeFuture => "check this machine's clock",
        Code::KeyUnsupported | Code::KeyInvalid => {
            "use a key of ECDSA P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits and more, in PEM or JWK"
        }
        Code::KeyExpired => {
            "the key was not valid at the time of signing: ask the publisher for the key of that time"
        }
        Code::SubjectMismatch => {
            "this is not the artifact that was attested to: fetch artifact and attestation of the same release again"
        }
        Code::IdentityMismatch | Code::IssuerMismatch => {
            "if this signer is the right one, expect it with --certificate-identity and --certificate-oidc-issuer"
        }
        Code::WorkflowRepositoryDisagrees
        | Code::SourceRepositoryDisagrees
        | Code::WorkflowRefDisagrees
        | Code::SourceRefDisagrees
        | Code::CommitDisagrees
        | Code::EventDisagrees
        | Code::WorkflowPathDisagrees
        | Code::RepositoryIdDisagrees
        | Code::RepositoryOwnerIdDisagrees
        | Code::RunIdDisagrees
        | Code::RunAttemptDisagrees
        | Code::RunnerEnvironmentDisagrees
        | Code::ClaimUnbacked
        | Code::BuilderIdMismatch => {
            "whoever wrote the provenance did not tell the truth about the run: do not use the artifact"
        }
        Code::PredicateTypeMismatch | Code::NotProvenance => {
            "give the provenance of the artifact: `slsa-verify inspect` shows what an attestation is"
        }
        Code::ProvenanceMalformed => "its producer broke the format of its own build type: report it there",
        Code::BuilderUntrusted | Code::BuilderBuildType => {
            "if you trust this builder, name it with --builder-id, or give it a row in a policy's `builders`"
        }
        Code::BuilderRef => {
            "use the builder at a release tag, or trust its commit: --builder-id URL@COMMIT, or `refs` in a policy"
        }
        Code::BuilderMismatch => "if this builder is the right one, name it with --builder-id",
        Code::RunnerSelfHosted => "to accept self-hosted runners, say so: --allow-self-hosted",
        Code::LevelTooLow => {
            "level 3 needs a trusted reusable workflow that signs apart from the build; see docs/guides/policy.md"
        }
        Code::SourceMismatch | Code::SourceIdMismatch => {
            "the artifact was built from another repository: do not use it, or correct --source-uri"
        }
        Code::BranchMismatch
        | Code::TagMismatch
        | Code::VersionedTagMismatch
        | Code::NotATag
        | Code::CommitMismatch => {
            "this is not the build of the revision you asked for: fetch the one that is"
        }
        Code::BuildTypeMismatch
        | Code::EventMismatch
        | Code::WorkflowMismatch
        | Code::InputMismatch
        | Code::ParameterMismatch => {
            "the build was started in another way than expected: see `slsa-verify inspect`"
        }
        Code::ParameterUnknown => {
            "look at the parameter; if it does no harm, allow it by name: --allow-parameter NAME"
        }
        Code::PackageNameMismatch | Code::PackageVersionMismatch => {
            "the attestation is for another package: fetch the one of this package and version"
        }
        Code::VerifierMismatch | Code::ResourceMismatch => {
            "the summary was made by or for somebody else: ask for one of the right verifier and resource"
        }
        Code::VerificationFailed | Code::VerifiedLevelMissing => {
            "its verifier did not find what you ask for: do not use the artifact"
        }
        Code::NoRule => "give the policy a rule whose `match` covers this artifact",
        Code::TooFewAttestations => "the lines above say why each attestation does not count",
        Code::ConditionFalse => "see the condition in the policy, and what it looks at with --format json",
        Code::ConditionFailed => {
            "mend the condition in the policy: `slsa-verify policy test` runs it offline"
        }
        Code::PolicyInvalid => "`slsa-verify policy check FILE` says what is wrong, and where",
        Code::GcloudMetadata | Code::GcloudTextDiffers => {
            "describe the image again with `gcloud artifacts docker images describe --format json --show-provenance`; if it stays so, do not use the artifact"
        }
        Code::GcloudRecipe => "this is no build of Google Cloud Build: expect the builder that made it",
        Code::NotAStatement => "ask for an attestation: this is a signature over the artifact itself",
        Code::NoSigningTime => {
            "fetch the Sigstore bundle of the same release, or one with its log entry or a signed timestamp"
        }
        Code::KeyRequired => "give the publisher's public key with --key",
        Code::DigestRequired => "give the file itself instead of its digest",
        Code::EngineUnsupported => "use --engine native",
        Code::FileUnreadable => "check the path and its permissions",
        Code::NoAttestation => "give an attestation with --bundle",
        Code::TrustRootInvalid => "give a trusted_root.json as Sigstore distributes it",
        Code::IdentityRuleInvalid => {
            "give the identity as the certificate has it; patterns match from end to end"
        }
    }
}
