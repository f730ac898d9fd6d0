//! The timestamp authority (RFC 3161).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::der::asn1::{
    GeneralizedTime, Int, ObjectIdentifier, OctetString, OctetStringRef, SetOfVec, UtcTime,
};
use x509_cert::der::{Any, Decode as _, Encode as _, Tag};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_tsp::{MessageImprint, TimeStampReq, TspVersion, TstInfo};

use crate::authority::{self, Authority, TIME_STAMPING, leaf_extensions, second, serial};
use crate::certificate::Draft;
use crate::error::SandboxError;
use crate::key::Key;
use crate::seed::Seed;

const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// Below the enterprise number for examples (RFC 5612).
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// The end of a timestamp certificate's life: 2035-01-01.
const UNTIL: i64 = 2_051_222_400;

/// Signs that something existed at a time.
pub(crate) struct TimestampAuthority {
    key: Key,
    certificate: Vec<u8>,
    authority: Authority,
}

/// A timestamp before it is signed. Forged ones differ from honest ones here.
#[derive(Debug, Clone)]
pub(crate) struct TokenDraft {
    pub(crate) imprint_algorithm: ObjectIdentifier,
    pub(crate) imprint: Vec<u8>,
    pub(crate) at: Timestamp,
    pub(crate) nonce: Option<Int>,
    pub(crate) with_certificate: bool,
    /// Further certificates (DER) in the token's bag.
    pub(crate) bag: Vec<Vec<u8>>,
    pub(crate) flaw: Option<TokenFlaw>,
}

/// What can be wrong with a timestamp whose signature verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFlaw {
    /// The content is signed without attributes.
    NoSignedAttributes,
    /// The attribute for the content's digest is of another content.
    OtherMessageDigest,
    /// The attribute for the content's type names another type.
    OtherContentType,
    /// The attribute for the signer's certificate names another one.
    OtherSigningCertificate,
    /// Nobody signed.
    NoSigner,
    /// The same signer stands there twice, differently.
    TwoSigners,
    /// The answer says that the request was rejected, and has a timestamp nevertheless.
    StatusRejected,
    /// There is a byte after the answer.
    TrailingByte,
}

impl TokenDraft {
    /// Timestamps bytes, by their SHA-256.
    pub(crate) fn of(bytes: &[u8], at: Timestamp) -> Self {
        Self {
            imprint_algorithm: SHA256,
            imprint: Sha256::digest(bytes).to_vec(),
            at,
            nonce: None,
            with_certificate: false,
            bag: Vec::new(),
            flaw: None,
        }
    }

    /// Names the imprint's algorithm SHA-1, and makes it as long.
    pub(crate) fn with_sha1_imprint(mut self) -> Self {
        self.imprint_algorithm = SHA1;
        self.imprint.truncate(20);
        self
    }

    /// Reads a request.
    pub(crate) fn from_request(der: &[u8], at: Timestamp) -> Result<Self, SandboxError> {
        let request = TimeStampReq::from_der(der)?;
        Ok(Self {
            imprint_algorithm: request.message_imprint.hash_algorithm.oid,
            imprint: request.message_imprint.hashed_message.as_bytes().to_vec(),
            at,
            nonce: request.nonce,
            with_certificate: request.cert_req,
            bag: Vec::new(),
            flaw: None,
        })
    }

    /// Reads a request in JSON, of SHA-256 alone and without a nonce.
    pub(crate) fn from_json(json: &[u8], at: Timestamp) -> Result<Self, SandboxError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Request {
            artifact_hash: String,
            hash_algorithm: String,
            #[serde(default)]
            certificates: bool,
        }
        let request: Request = serde_json::from_slice(json)?;
        let imprint = STANDARD.decode(&request.artifact_hash).unwrap_or_default();
        if request.hash_algorithm != "sha256" || imprint.len() != Sha256::output_size() {
            return Err(SandboxError::Malformed { what: "artifactHash" });
        }
        Ok(Self {
            imprint_algorithm: SHA256,
            imprint,
            at,
            nonce: None,
            with_certificate: request.certificates,
            bag: Vec::new(),
            flaw: None,
        })
    }
}

impl TimestampAuthority {
    /// Makes the authority from the seed.
    pub(crate) fn new(seed: &Seed, organisation: &str, name: &str) -> Result<Self, SandboxError> {
        Self::with(seed, organisation, name, |_| Ok(()))
    }

    /// Makes the authority from the seed, with another certificate than an honest one's.
    pub(crate) fn with(
        seed: &Seed,
        organisation: &str,
        name: &str,
        change: impl FnOnce(&mut Draft) -> Result<(), SandboxError>,
    ) -> Result<Self, SandboxError> {
        let authority = Authority::new(seed, organisation, authority::TIMESTAMPING)?;
        let key = Key::P384(seed.p384(name));
        let spki = key.spki()?;
        let mut draft = Draft {
            serial: serial(&[&spki]),
            issuer: authority.name.clone(),
            subject: authority::name(organisation, name)?,
            not_before: second(authority::AUTHORITIES_FROM)?,
            not_after: second(UNTIL)?,
            extensions: leaf_extensions(&authority.key, &spki, TIME_STAMPING, true)?,
            spki,
        };
        change(&mut draft)?;
        let certificate = draft.sign(&authority.key)?;
        Ok(Self {
            key,
            certificate,
            authority,
        })
    }

    /// Returns the certificates from signer to root.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        let mut chain = vec![self.certificate.clone()];
        chain.extend(self.authority.chain());
        chain
    }

    /// Signs a timestamp, and returns the answer to its request (`TimeStampResp`) in DER.
    pub(crate) fn answer(&self, draft: &TokenDraft) -> Result<Vec<u8>, SandboxError> {
        let token = self.token(draft)?.to_der()?;
        // PKIStatusInfo ::= SEQUENCE { status INTEGER }: granted is 0, rejection 2.
        let status = u8::from(draft.flaw == Some(TokenFlaw::StatusRejected)).saturating_mul(2);
        let status = Any::new(Tag::Sequence, [2, 1, status])?.to_der()?;
        let mut answer = Any::new(Tag::Sequence, [status, token].concat())?.to_der()?;
        if draft.flaw == Some(TokenFlaw::TrailingByte) {
            answer.push(0);
        }
        Ok(answer)
    }

    fn token(&self, draft: &TokenDraft) -> Result<ContentInfo, SandboxError> {
        let content = tst_info(draft)?.to_der()?;
        let mut signers = SetOfVec::new();
        if draft.flaw != Some(TokenFlaw::NoSigner) {
            signers.insert(self.signer(&content, draft)?)?;
        }
        if draft.flaw == Some(TokenFlaw::TwoSigners) {
            let other = TokenDraft {
                flaw: Some(TokenFlaw::OtherSigningCertificate),
                ..draft.clone()
            };
            signers.insert(self.signer(&content, &other)?)?;
        }
        let mut digests = SetOfVec::new();
        digests.insert(self.key.digest_algorithm())?;
        let data = SignedData {
            version: CmsVersion::V3,
            digest_algorithms: digests,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: TST_INFO,
                econtent: Some(Any::new(Tag::OctetString, content)?),
            },
            certificates: self.certificates(draft)?,
            crls: None,
            signer_infos: SignerInfos(signers),
        };
        Ok(ContentInfo {
            content_type: SIGNED_DATA,
            content: Any::from_der(&data.to_der()?)?,
        })
    }

    fn certificates(&self, draft: &TokenDraft) -> Result<Option<CertificateSet>, SandboxError> {
        let mut certificates = SetOfVec::new();
        let own = draft.with_certificate.then_some(&self.certificate);
        for der in own.into_iter().chain(&draft.bag) {
            certificates.insert(CertificateChoices::Certificate(Certificate::from_der(der)?))?;
        }
        Ok((!certificates.is_empty()).then_some(CertificateSet(certificates)))
    }

    fn signer(&self, content: &[u8], draft: &TokenDraft) -> Result<SignerInfo, SandboxError> {
        let certificate = Certificate::from_der(&self.certificate)?.tbs_certificate;
        let (attributes, signed) = if draft.flaw == Some(TokenFlaw::NoSignedAttributes) {
            (None, content.to_vec())
        } else {
            let attributes = self.signed_attributes(content, draft)?;
            let signed = attributes.to_der()?;
            (Some(attributes), signed)
        };
        Ok(SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: certificate.issuer,
                serial_number: certificate.serial_number,
            }),
            digest_alg: self.key.digest_algorithm(),
            signed_attrs: attributes,
            signature_algorithm: self.key.algorithm(),
            signature: OctetString::new(self.key.sign(&signed))?,
            unsigned_attrs: None,
        })
    }

    fn signed_attributes(
        &self,
        content: &[u8],
        draft: &TokenDraft,
    ) -> Result<SetOfVec<Attribute>, SandboxError> {
        let flaw = |flaw| draft.flaw == Some(flaw);
        let content_type = if flaw(TokenFlaw::OtherContentType) {
            SIGNED_DATA
        } else {
            TST_INFO
        };
        let digest = if flaw(TokenFlaw::OtherMessageDigest) {
            self.key.digest(b"another content")
        } else {
            self.key.digest(content)
        };
        let certificate = if flaw(TokenFlaw::OtherSigningCertificate) {
            Sha256::digest(b"another certificate")
        } else {
            Sha256::digest(&self.certificate)
        };
        // SigningCertificateV2 (RFC 5035, section 3): three sequences around the hash, whose algorithm is the default.
        let hash = OctetStringRef::new(&certificate)?.to_der()?;
        let identifier = Any::new(Tag::Sequence, hash)?.to_der()?;
        let identifiers = Any::new(Tag::Sequence, identifier)?.to_der()?;
        let attributes = [
            (CONTENT_TYPE, Any::from(content_type)),
            (SIGNING_TIME, Any::from_der(&utc_time(draft.at)?.to_der()?)?),
            (MESSAGE_DIGEST, Any::new(Tag::OctetString, digest)?),
            (SIGNING_CERTIFICATE_V2, Any::new(Tag::Sequence, identifiers)?),
        ];
        let mut set = SetOfVec::new();
        for (oid, value) in attributes {
            let mut values = SetOfVec::new();
            values.insert(value)?;
            set.insert(Attribute { oid, values })?;
        }
        Ok(set)
    }
}

fn tst_info(draft: &TokenDraft) -> Result<TstInfo, SandboxError> {
    let number = serial(&[&draft.imprint, &draft.at.as_second().to_be_bytes()]);
    Ok(TstInfo {
        version: TspVersion::V1,
        policy: POLICY,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: draft.imprint_algorithm,
                parameters: None,
            },
            hashed_message: OctetString::new(draft.imprint.clone())?,
        },
        serial_number: Int::new(&number)?,
        gen_time: GeneralizedTime::from_unix_duration(since_epoch(draft.at)?)?,
        accuracy: None,
        ordering: false,
        nonce: draft.nonce.clone(),
        tsa: None,
        extensions: None,
    })
}

fn utc_time(at: Timestamp) -> Result<UtcTime, SandboxError> {
    Ok(UtcTime::from_unix_duration(since_epoch(at)?)?)
}

fn since_epoch(at: Timestamp) -> Result<std::time::Duration, SandboxError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| SandboxError::Time { at })?;
    Ok(std::time::Duration::from_secs(seconds))
}
