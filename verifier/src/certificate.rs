//! The signer's certificate: who it names, read once into parts that never need parsing again
//! (<https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>).

use std::fmt;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// What a Fulcio certificate says about its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateIdentity {
    /// The one subject alternative name.
    pub subject_alternative_name: SubjectAlternativeName,
    /// Who vouched for the name: the OIDC issuer, from extension 1.8 or, in old certificates, 1.1.
    pub issuer: Option<String>,
    /// What the issuer's token said of the build.
    pub extensions: FulcioExtensions,
    /// The distinguished name of the authority that issued the certificate.
    pub authority: String,
    /// The first second of validity.
    pub not_before: Timestamp,
    /// The last second of validity.
    pub not_after: Timestamp,
}

/// The name that a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectAlternativeName {
    /// A URI: a workflow, or another workload.
    Uri(String),
    /// A person's address.
    Email(String),
    /// A user name (`otherName` 1.3.6.1.4.1.57264.1.7).
    UserName(String),
}

impl SubjectAlternativeName {
    /// Returns the name, whatever its kind.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Uri(name) | Self::Email(name) | Self::UserName(name) => name,
        }
    }
}

impl fmt::Display for SubjectAlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! fulcio_extensions {
    ($( $(#[doc = $doc:literal])+ $number:literal $encoding:ident $field:ident = $name:literal; )+) => {
        /// The extensions below 1.3.6.1.4.1.57264.1, by their names.
        ///
        /// Fulcio copies them from the token of the workload's identity provider. Certificates of people have
        /// none of them, and old ones only 1.1 to 1.6.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct FulcioExtensions { $( $(#[doc = $doc])+ pub $field: Option<String>, )+ }

        impl FulcioExtensions {
            /// Returns all that are present: number below 1.3.6.1.4.1.57264.1, name, value.
            pub fn iter(&self) -> impl Iterator<Item = (u8, &'static str, &str)> {
                [ $( ($number, $name, self.$field.as_deref()), )+ ]
                    .into_iter()
                    .filter_map(|(number, name, value)| value.map(|value| (number, name, value)))
            }

            /// Takes over one extension. Numbers that have no name here are ignored.
            fn set(&mut self, number: u64, value: &[u8]) -> Result<(), CertificateError> {
                let (field, text): (&mut Option<String>, _) = match number {
                    $( $number => (&mut self.$field, encoding::$encoding(value)), )+
                    _ => return Ok(()),
                };
                *field = Some(text.ok_or(CertificateError::ExtensionValue { number })?);
                Ok(())
            }
        }
    };
}

fulcio_extensions! {
    /// 1.1: the OIDC issuer, as raw text. Superseded by 1.8.
    1 raw issuer_v1 = "issuer (v1)";
    /// 1.2: the event that started the workflow. Superseded by 1.20.
    2 raw github_workflow_trigger = "github-workflow-trigger";
    /// 1.3: the commit. Superseded by 1.13.
    3 raw github_workflow_sha = "github-workflow-sha";
    /// 1.4: the workflow's display name.
    4 raw github_workflow_name = "github-workflow-name";
    /// 1.5: `owner/name` of the repository. Superseded by 1.12.
    5 raw github_workflow_repository = "github-workflow-repository";
    /// 1.6: the git ref. Superseded by 1.14.
    6 raw github_workflow_ref = "github-workflow-ref";
    /// 1.8: the OIDC issuer.
    8 der issuer = "issuer";
    /// 1.9: the workflow that signs, with its ref: a reusable one where that does the signing.
    9 der build_signer_uri = "build-signer-uri";
    /// 1.10: the commit of the workflow that signs.
    10 der build_signer_digest = "build-signer-digest";
    /// 1.11: `github-hosted` or `self-hosted`.
    11 der runner_environment = "runner-environment";
    /// 1.12: the repository that was built, as a URL.
    12 der source_repository_uri = "source-repository-uri";
    /// 1.13: the commit that was built.
    13 der source_repository_digest = "source-repository-digest";
    /// 1.14: the git ref that was built.
    14 der source_repository_ref = "source-repository-ref";
    /// 1.15: the repository's number, which survives renaming.
    15 der source_repository_identifier = "source-repository-identifier";
    /// 1.16: the repository's owner, as a URL.
    16 der source_repository_owner_uri = "source-repository-owner-uri";
    /// 1.17: the owner's number, which survives renaming.
    17 der source_repository_owner_identifier = "source-repository-owner-identifier";
    /// 1.18: the top-level workflow, with its ref.
    18 der build_config_uri = "build-config-uri";
    /// 1.19: the commit of the top-level workflow.
    19 der build_config_digest = "build-config-digest";
    /// 1.20: the event that started the build.
    20 der build_trigger = "build-trigger";
    /// 1.21: the URL of the run.
    21 der run_invocation_uri = "run-invocation-uri";
    /// 1.22: `public`, `private` or `internal`, when it was signed.
    22 der source_repository_visibility_at_signing = "source-repository-visibility-at-signing";
    /// 1.23: the deployment environment.
    23 der deployment_environment = "deployment-environment";
    /// 1.24: the token's `sub` claim, as it was.
    24 der token_subject = "token-subject";
}

/// How an extension's value holds its text.
mod encoding {
    use x509_parser::der_parser::asn1_rs::{FromDer, Utf8String};

    /// 1.1 to 1.6: the text alone.
    pub(super) fn raw(value: &[u8]) -> Option<String> {
        std::str::from_utf8(value).ok().map(ToOwned::to_owned)
    }

    /// 1.8 and later: a DER `UTF8String`, and nothing after it.
    pub(super) fn der(value: &[u8]) -> Option<String> {
        match Utf8String::from_der(value) {
            Ok(([], text)) => Some(text.string()),
            _ => None,
        }
    }
}

/// Octets of a serial number (RFC 5280, section 4.1.2.2).
const MAX_SERIAL_OCTETS: usize = 20;

/// Why a certificate cannot be used to say who signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It is not the DER of one X.509 certificate.
    #[error("not an X.509 certificate in DER")]
    Der,
    /// It does not carry exactly one subject alternative name.
    #[error("{found} subject alternative names, exactly one is allowed")]
    SubjectAlternativeNames {
        /// How many there are.
        found: usize,
    },
    /// Its subject alternative name is empty, or neither URI, address nor user name.
    #[error("its subject alternative name is empty or of an unknown kind")]
    SubjectAlternativeNameKind,
    /// Its serial number is negative, or has more than 20 octets (RFC 5280, section 4.1.2.2).
    #[error("its serial number is negative or has more than {MAX_SERIAL_OCTETS} octets")]
    Serial,
    /// An extension stands there twice (RFC 5280, section 4.2).
    #[error("an extension stands twice")]
    DuplicateExtension,
    /// An extension's value is not the text that it should be.
    #[error("extension 1.3.6.1.4.1.57264.1.{number} is not text")]
    ExtensionValue {
        /// The number below 1.3.6.1.4.1.57264.1.
        number: u64,
    },
    /// The old and the new extension for the issuer disagree.
    #[error("extension 1.1 names the issuer {v1}, extension 1.8 {v2}")]
    IssuersDisagree {
        /// The value of 1.1.
        v1: String,
        /// The value of 1.8.
        v2: String,
    },
    /// Its validity cannot be represented.
    #[error("its validity is out of range")]
    Validity,
}

/// Reads whom a certificate (DER) names, and its public key (`SubjectPublicKeyInfo`, DER), for whoever has just asked for
/// it. Says nothing of whether a trusted authority issued it: that a [`Verifier`](crate::Verifier) proves.
///
/// # Errors
/// [`CertificateError`].
pub fn read_certificate(der: &[u8]) -> Result<(CertificateIdentity, Vec<u8>), CertificateError> {
    let certificate = from_der(der)?;
    let identity = CertificateIdentity::read(&certificate)?;
    Ok((identity, certificate.public_key().raw.to_vec()))
}

/// Parses DER, and refuses anything behind it and what RFC 5280 does not allow in any certificate.
pub(crate) fn from_der(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    let Ok(([], certificate)) = X509Certificate::from_der(der) else {
        return Err(CertificateError::Der);
    };
    // Zero is not allowed either, but stands in roots that others made long ago.
    match certificate.raw_serial() {
        [] | [0x80..=0xff, ..] => return Err(CertificateError::Serial),
        serial if serial.len() > MAX_SERIAL_OCTETS => return Err(CertificateError::Serial),
        _ => {}
    }
    if certificate.extensions_map().is_err() {
        return Err(CertificateError::DuplicateExtension);
    }
    Ok(certificate)
}

/// Says whether each certificate (DER) is followed by one of its issuer's name.
///
/// The chain plays no part in verification. But where it stands in disorder, or with a root ahead of others,
/// somebody has put it together by hand. A root at its very end is what npm's registry has served.
pub(crate) fn is_ordered_chain(chain: &[Vec<u8>]) -> Result<bool, CertificateError> {
    let certificates = chain
        .iter()
        .map(|der| from_der(der))
        .collect::<Result<Vec<_>, _>>()?;
    let names = |certificate: &X509Certificate<'_>| {
        let tbs = &certificate.tbs_certificate;
        (tbs.subject.as_raw().to_vec(), tbs.issuer.as_raw().to_vec())
    };
    let names: Vec<(Vec<u8>, Vec<u8>)> = certificates.iter().map(names).collect();
    Ok(names
        .iter()
        .zip(names.iter().skip(1))
        .all(|((_, issuer), (subject, _))| issuer == subject))
}

/// Returns a certificate's first and last second.
pub(crate) fn validity(
    certificate: &X509Certificate<'_>,
) -> Result<(Timestamp, Timestamp), CertificateError> {
    let validity = certificate.validity();
    let seconds = |time: i64| Timestamp::from_second(time).map_err(|_| CertificateError::Validity);
    Ok((
        seconds(validity.not_before.timestamp())?,
        seconds(validity.not_after.timestamp())?,
    ))
}

impl CertificateIdentity {
    /// Reads who a certificate is for. Says nothing of whether that is true.
    pub(crate) fn read(certificate: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        let mut extensions = FulcioExtensions::default();
        let mut names = None;
        // No extension stands there twice: `from_der` saw to it.
        for extension in certificate.extensions() {
            if let Some(number) = fulcio_number(&extension.oid) {
                extensions.set(number, extension.value)?;
            } else if let ParsedExtension::SubjectAlternativeName(name) = extension.parsed_extension() {
                names = Some(&name.general_names);
            }
        }
        let name = match names.map(Vec::as_slice) {
            Some([name]) => subject_alternative_name(name)?,
            names => {
                let found = names.map_or(0, <[_]>::len);
                return Err(CertificateError::SubjectAlternativeNames { found });
            }
        };
        let issuer = match (&extensions.issuer_v1, &extensions.issuer) {
            (Some(v1), Some(v2)) if v1 != v2 => {
                return Err(CertificateError::IssuersDisagree {
                    v1: v1.clone(),
                    v2: v2.clone(),
                });
            }
            (v1, v2) => v2.clone().or_else(|| v1.clone()),
        };
        let (not_before, not_after) = validity(certificate)?;
        let authority = certificate.issuer().to_string();
        Ok(Self {
            subject_alternative_name: name,
            issuer,
            extensions,
            authority,
            not_before,
            not_after,
        })
    }
}

fn subject_alternative_name(name: &GeneralName<'_>) -> Result<SubjectAlternativeName, CertificateError> {
    let name = match name {
        GeneralName::URI(uri) => SubjectAlternativeName::Uri((*uri).to_owned()),
        GeneralName::RFC822Name(address) => SubjectAlternativeName::Email((*address).to_owned()),
        GeneralName::OtherName(oid, value) if fulcio_number(oid) == Some(7) => {
            // `value` is the explicitly tagged [0] UTF8String.
            let text = der_explicit_content(value).and_then(encoding::der);
            SubjectAlternativeName::UserName(text.ok_or(CertificateError::SubjectAlternativeNameKind)?)
        }
        _ => return Err(CertificateError::SubjectAlternativeNameKind),
    };
    if name.as_str().is_empty() {
        return Err(CertificateError::SubjectAlternativeNameKind);
    }
    Ok(name)
}

/// Returns the content of a short-form `[0] EXPLICIT` value.
fn der_explicit_content(value: &[u8]) -> Option<&[u8]> {
    match value {
        [0xa0, length, content @ ..] if usize::from(*length) == content.len() && *length < 0x80 => {
            Some(content)
        }
        _ => None,
    }
}

/// Returns `n` for 1.3.6.1.4.1.57264.1.`n`.
fn fulcio_number(oid: &Oid<'_>) -> Option<u64> {
    let mut arcs = oid.iter()?;
    for expected in [1, 3, 6, 1, 4, 1, 57264, 1] {
        if arcs.next() != Some(expected) {
            return None;
        }
    }
    match (arcs.next(), arcs.next()) {
        (Some(number), None) => Some(number),
        _ => None,
    }
}
