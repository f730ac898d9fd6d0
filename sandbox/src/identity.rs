//! Whom a certificate names: what Fulcio makes of a token's claims
//! (<https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>).

use serde_json::{Map, Value};
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::{Ia5String, ObjectIdentifier, Utf8StringRef};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::certificate::{extension, raw_extension};
use crate::error::SandboxError;

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const FULCIO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1");

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub(crate) name: SubjectName,
    pub(crate) issuer: String,
    /// Number below 1.3.6.1.4.1.57264.1, and value.
    pub(crate) extensions: Vec<(u8, String)>,
}

/// The subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubjectName {
    Uri(String),
    Email(String),
}

impl Identity {
    /// Names a person by an address that the issuer vouches for.
    #[must_use]
    pub fn email(address: impl Into<String>, issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        Self {
            name: SubjectName::Email(address.into()),
            extensions: Vec::new(),
            issuer,
        }
    }

    /// Names whom the claims of a token describe: a workflow of GitHub or a pipeline of GitLab, whose repositories
    /// are at `server_url`; or else a person, by `email` or `sub`.
    ///
    /// # Errors
    /// [`SandboxError::MissingClaim`] where the certificate would lack what Fulcio puts into each.
    pub fn from_claims(claims: &Map<String, Value>, server_url: &str) -> Result<Self, SandboxError> {
        let claims = Claims(claims);
        let issuer = claims.text("iss")?;
        if claims.optional("job_workflow_ref").is_some() {
            github(&claims, server_url, issuer)
        } else if claims.optional("ci_config_ref_uri").is_some() {
            gitlab(&claims, server_url, issuer)
        } else if let Some(address) = claims.optional("email") {
            Ok(Self::email(address, issuer))
        } else {
            Ok(Self {
                name: SubjectName::Uri(claims.text("sub")?),
                issuer,
                extensions: Vec::new(),
            })
        }
    }

    /// Returns the extensions in a certificate that say so.
    pub(crate) fn to_extensions(&self) -> Result<Vec<Extension>, SandboxError> {
        let malformed = |_| SandboxError::Malformed {
            what: "subject alternative name",
        };
        let name = match &self.name {
            SubjectName::Uri(uri) => {
                GeneralName::UniformResourceIdentifier(Ia5String::new(uri).map_err(malformed)?)
            }
            SubjectName::Email(address) => {
                GeneralName::Rfc822Name(Ia5String::new(address).map_err(malformed)?)
            }
        };
        // The subject is empty: then the alternative name is critical (RFC 5280, section 4.2.1.6).
        let mut extensions = vec![
            extension(SUBJECT_ALT_NAME, true, &SubjectAltName(vec![name]))?,
            fulcio_extension(1, &self.issuer)?,
        ];
        let deprecated = |number: &u8| *number < 8;
        for (number, value) in self.extensions.iter().filter(|(number, _)| deprecated(number)) {
            extensions.push(fulcio_extension(*number, value)?);
        }
        extensions.push(fulcio_extension(8, &self.issuer)?);
        for (number, value) in self.extensions.iter().filter(|(number, _)| !deprecated(number)) {
            extensions.push(fulcio_extension(*number, value)?);
        }
        Ok(extensions)
    }
}

/// Up to 1.6 the value is the text alone, from 1.8 on a DER `UTF8String`.
pub(crate) fn fulcio_extension(number: u8, value: &str) -> Result<Extension, SandboxError> {
    let id = FULCIO
        .push_arc(u32::from(number))
        .map_err(x509_cert::der::Error::from)?;
    if number < 7 {
        raw_extension(id, false, value.as_bytes())
    } else {
        raw_extension(id, false, &Utf8StringRef::new(value)?.to_der()?)
    }
}

fn github(claims: &Claims<'_>, server: &str, issuer: String) -> Result<Identity, SandboxError> {
    let text = |claim| claims.text(claim);
    let at = |path: &str| format!("{server}/{path}");
    let repository = text("repository")?;
    let signer = at(&text("job_workflow_ref")?);
    let (run, attempt) = (text("run_id")?, text("run_attempt")?);
    let mut extensions = vec![
        (2, text("event_name")?),
        (3, text("sha")?),
        (4, text("workflow")?),
        (5, repository.clone()),
        (6, text("ref")?),
        (9, signer.clone()),
        (10, text("job_workflow_sha")?),
        (11, text("runner_environment")?),
        (12, at(&repository)),
        (13, text("sha")?),
        (14, text("ref")?),
        (15, text("repository_id")?),
        (16, at(&text("repository_owner")?)),
        (17, text("repository_owner_id")?),
        (18, at(&text("workflow_ref")?)),
        (19, text("workflow_sha")?),
        (20, text("event_name")?),
        (
            21,
            at(&format!("{repository}/actions/runs/{run}/attempts/{attempt}")),
        ),
        (22, text("repository_visibility")?),
    ];
    if let Some(environment) = claims.optional("environment") {
        extensions.push((23, environment));
    }
    extensions.push((24, text("sub")?));
    Ok(Identity {
        name: SubjectName::Uri(signer),
        issuer,
        extensions,
    })
}

fn gitlab(claims: &Claims<'_>, server: &str, issuer: String) -> Result<Identity, SandboxError> {
    let text = |claim| claims.text(claim);
    let at = |path: &str| format!("{server}/{path}");
    let project = text("project_path")?;
    let config = format!("https://{}", text("ci_config_ref_uri")?);
    let extensions = vec![
        (9, config.clone()),
        (10, text("ci_config_sha")?),
        (11, text("runner_environment")?),
        (12, at(&project)),
        (13, text("sha")?),
        (14, text("ref_path")?),
        (15, text("project_id")?),
        (16, at(&text("namespace_path")?)),
        (17, text("namespace_id")?),
        (18, config.clone()),
        (19, text("ci_config_sha")?),
        (20, text("pipeline_source")?),
        (21, at(&format!("{project}/-/jobs/{}", text("job_id")?))),
        (22, text("project_visibility")?),
    ];
    Ok(Identity {
        name: SubjectName::Uri(config),
        issuer,
        extensions,
    })
}

/// The claims of a token, each as text.
struct Claims<'a>(&'a Map<String, Value>);

impl Claims<'_> {
    fn text(&self, claim: &'static str) -> Result<String, SandboxError> {
        self.optional(claim).ok_or(SandboxError::MissingClaim { claim })
    }

    /// Providers write numbers as text or as numbers.
    fn optional(&self, claim: &str) -> Option<String> {
        match self.0.get(claim)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
