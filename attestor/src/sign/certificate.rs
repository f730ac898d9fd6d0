//! Comparing the certificate with the token: the same run must stand in both, or nothing is signed.

use std::fmt;

use jiff::Timestamp;
use slsa_verifier::{CertificateIdentity, read_certificate};

use super::error::{ServiceName, SignError};
use super::key::SigningKey;
use crate::claims::{Claims, GitHubClaims, GitLabClaims};

/// A field of a certificate that repeats a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named as the certificate's fields are")]
#[non_exhaustive]
pub enum CertificateField {
    PublicKey,
    SubjectAlternativeName,
    Issuer,
    BuildSignerUri,
    BuildSignerDigest,
    RunnerEnvironment,
    SourceRepositoryUri,
    SourceRepositoryDigest,
    SourceRepositoryRef,
    SourceRepositoryIdentifier,
    SourceRepositoryOwnerUri,
    SourceRepositoryOwnerIdentifier,
    BuildConfigUri,
    BuildConfigDigest,
    BuildTrigger,
    RunInvocationUri,
    SourceRepositoryVisibility,
}

impl CertificateField {
    /// Returns the field's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicKey => "public-key",
            Self::SubjectAlternativeName => "subject-alternative-name",
            Self::Issuer => "issuer",
            Self::BuildSignerUri => "build-signer-uri",
            Self::BuildSignerDigest => "build-signer-digest",
            Self::RunnerEnvironment => "runner-environment",
            Self::SourceRepositoryUri => "source-repository-uri",
            Self::SourceRepositoryDigest => "source-repository-digest",
            Self::SourceRepositoryRef => "source-repository-ref",
            Self::SourceRepositoryIdentifier => "source-repository-identifier",
            Self::SourceRepositoryOwnerUri => "source-repository-owner-uri",
            Self::SourceRepositoryOwnerIdentifier => "source-repository-owner-identifier",
            Self::BuildConfigUri => "build-config-uri",
            Self::BuildConfigDigest => "build-config-digest",
            Self::BuildTrigger => "build-trigger",
            Self::RunInvocationUri => "run-invocation-uri",
            Self::SourceRepositoryVisibility => "source-repository-visibility-at-signing",
        }
    }
}

impl fmt::Display for CertificateField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A field in which the certificate differs from the token that it was issued for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the certificate's {field} is {}, the token says {claim:?}", .certificate.as_deref().unwrap_or("missing"))]
pub struct Disagreement {
    /// The field.
    pub field: CertificateField,
    /// What the token says.
    pub claim: String,
    /// What the certificate says.
    pub certificate: Option<String>,
}

/// Checks that a certificate is for our key and our run, and returns until when it is valid. Whether a trusted authority
/// issued it is for the verifier.
pub(super) fn check(der: &[u8], key: &SigningKey, claims: Option<&Claims>) -> Result<Timestamp, SignError> {
    let unreadable = |_| SignError::Answer {
        service: ServiceName::Fulcio,
        field: "certificate",
    };
    let (identity, public_key) = read_certificate(der).map_err(unreadable)?;
    let own = key.public_key()?;
    if public_key != own {
        return Err(Disagreement {
            field: CertificateField::PublicKey,
            claim: hex::encode(own),
            certificate: Some(hex::encode(public_key)),
        }
        .into());
    }
    match claims {
        Some(Claims::GitHub(claims)) => compare(github(claims, &identity))?,
        Some(Claims::GitLab(claims)) => compare(gitlab(claims, &identity))?,
        None => {}
    }
    Ok(identity.not_after)
}

type Row<'a> = (CertificateField, String, Option<&'a str>);

fn compare<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Result<(), Disagreement> {
    for (field, claim, certificate) in rows {
        if certificate != Some(claim.as_str()) {
            let certificate = certificate.map(ToOwned::to_owned);
            return Err(Disagreement {
                field,
                claim,
                certificate,
            });
        }
    }
    Ok(())
}

fn github<'a>(claims: &GitHubClaims, identity: &'a CertificateIdentity) -> Vec<Row<'a>> {
    use CertificateField as F;
    let at = |path: &str| format!("{}/{path}", claims.server_url);
    let run = format!(
        "{}/actions/runs/{}/attempts/{}",
        claims.repository, claims.run_id, claims.run_attempt
    );
    let it = &identity.extensions;
    let rows = [
        (
            F::BuildSignerUri,
            at(&claims.job_workflow_ref),
            &it.build_signer_uri,
        ),
        (
            F::BuildSignerDigest,
            claims.job_workflow_sha.clone(),
            &it.build_signer_digest,
        ),
        (
            F::RunnerEnvironment,
            claims.runner_environment.clone(),
            &it.runner_environment,
        ),
        (
            F::SourceRepositoryUri,
            at(&claims.repository),
            &it.source_repository_uri,
        ),
        (
            F::SourceRepositoryDigest,
            claims.sha.clone(),
            &it.source_repository_digest,
        ),
        (
            F::SourceRepositoryRef,
            claims.git_ref.clone(),
            &it.source_repository_ref,
        ),
        (
            F::SourceRepositoryIdentifier,
            claims.repository_id.clone(),
            &it.source_repository_identifier,
        ),
        (
            F::SourceRepositoryOwnerUri,
            at(&claims.repository_owner),
            &it.source_repository_owner_uri,
        ),
        (
            F::SourceRepositoryOwnerIdentifier,
            claims.repository_owner_id.clone(),
            &it.source_repository_owner_identifier,
        ),
        (F::BuildConfigUri, at(&claims.workflow_ref), &it.build_config_uri),
        (
            F::BuildConfigDigest,
            claims.workflow_sha.clone(),
            &it.build_config_digest,
        ),
        (F::BuildTrigger, claims.event_name.clone(), &it.build_trigger),
        (F::RunInvocationUri, at(&run), &it.run_invocation_uri),
        (
            F::SourceRepositoryVisibility,
            claims.repository_visibility.clone(),
            &it.source_repository_visibility_at_signing,
        ),
    ];
    signer(at(&claims.job_workflow_ref), &claims.issuer, identity)
        .into_iter()
        .chain(
            rows.into_iter()
                .map(|(field, claim, found)| (field, claim, found.as_deref())),
        )
        .collect()
}

fn gitlab<'a>(claims: &GitLabClaims, identity: &'a CertificateIdentity) -> Vec<Row<'a>> {
    use CertificateField as F;
    let at = |path: &str| format!("{}/{path}", claims.issuer);
    let config = format!("https://{}", claims.ci_config_ref_uri);
    let it = &identity.extensions;
    let rows = [
        (F::BuildSignerUri, config.clone(), &it.build_signer_uri),
        (
            F::BuildSignerDigest,
            claims.ci_config_sha.clone(),
            &it.build_signer_digest,
        ),
        (
            F::RunnerEnvironment,
            claims.runner_environment.clone(),
            &it.runner_environment,
        ),
        (
            F::SourceRepositoryUri,
            at(&claims.project_path),
            &it.source_repository_uri,
        ),
        (
            F::SourceRepositoryDigest,
            claims.sha.clone(),
            &it.source_repository_digest,
        ),
        (
            F::SourceRepositoryRef,
            claims.ref_path.clone(),
            &it.source_repository_ref,
        ),
        (
            F::SourceRepositoryIdentifier,
            claims.project_id.clone(),
            &it.source_repository_identifier,
        ),
        (
            F::SourceRepositoryOwnerUri,
            at(&claims.namespace_path),
            &it.source_repository_owner_uri,
        ),
        (
            F::SourceRepositoryOwnerIdentifier,
            claims.namespace_id.clone(),
            &it.source_repository_owner_identifier,
        ),
        (F::BuildConfigUri, config.clone(), &it.build_config_uri),
        (
            F::BuildConfigDigest,
            claims.ci_config_sha.clone(),
            &it.build_config_digest,
        ),
        (F::BuildTrigger, claims.pipeline_source.clone(), &it.build_trigger),
        (
            F::RunInvocationUri,
            at(&format!("{}/-/jobs/{}", claims.project_path, claims.job_id)),
            &it.run_invocation_uri,
        ),
        (
            F::SourceRepositoryVisibility,
            claims.project_visibility.clone(),
            &it.source_repository_visibility_at_signing,
        ),
    ];
    signer(config, &claims.issuer, identity)
        .into_iter()
        .chain(
            rows.into_iter()
                .map(|(field, claim, found)| (field, claim, found.as_deref())),
        )
        .collect()
}

fn signer<'a>(name: String, issuer: &str, identity: &'a CertificateIdentity) -> [Row<'a>; 2] {
    [
        (
            CertificateField::SubjectAlternativeName,
            name,
            Some(identity.subject_alternative_name.as_str()),
        ),
        (
            CertificateField::Issuer,
            issuer.to_owned(),
            identity.issuer.as_deref(),
        ),
    ]
}
