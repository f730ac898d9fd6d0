//! Certificates that do not say in one way who signs.

use x509_cert::der::asn1::{Ia5String, ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Any, Tag};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

use super::Forgery;
use super::base::Base;
use super::parts::{replace, without};
use super::step::draft;
use crate::authority::name;
use crate::certificate::{Draft, extension, raw_extension};
use crate::error::SandboxError;
use crate::identity::{SubjectName, fulcio_extension};

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// The names of Microsoft's users.
const USER_PRINCIPAL_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");

const KINDS: &[Base] = &[Base::Private, Base::RekorV1];

pub(super) const FORGERIES: &[Forgery] = &[
    draft(
        "name-missing",
        "The certificate has no subject alternative name.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            without(draft, SUBJECT_ALT_NAME);
            Ok(())
        },
    ),
    draft(
        "name-list-empty",
        "The certificate's list of subject alternative names is empty.",
        "certificate-malformed",
        KINDS,
        |_, draft| names(draft, Vec::new()),
    ),
    draft(
        "name-empty",
        "The certificate's subject alternative name is empty.",
        "certificate-malformed",
        KINDS,
        |_, draft| names(draft, vec![uri("")?]),
    ),
    draft(
        "name-second",
        "Behind the expected name there is the one of a stranger.",
        "certificate-malformed",
        KINDS,
        |context, draft| {
            let own = own(&context.request.identity.name)?;
            names(
                draft,
                vec![own, uri("https://evil.example/workflow.yml@refs/heads/main")?],
            )
        },
    ),
    draft(
        "name-extension-twice",
        "There are two extensions for names, the first with the expected one.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            let names = SubjectAltName(vec![uri("https://evil.example/workflow.yml@refs/heads/main")?]);
            draft.extensions.push(extension(SUBJECT_ALT_NAME, true, &names)?);
            Ok(())
        },
    ),
    draft(
        "name-of-host",
        "The expected name stands there as the name of a host.",
        "certificate-malformed",
        KINDS,
        |context, draft| {
            let (SubjectName::Uri(own) | SubjectName::Email(own)) = &context.request.identity.name;
            names(draft, vec![GeneralName::DnsName(Ia5String::new(own)?)])
        },
    ),
    draft(
        "name-of-directory",
        "The name is one of a directory.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            let directory = name("example", "project")?;
            names(draft, vec![GeneralName::DirectoryName(directory)])
        },
    ),
    draft(
        "name-of-foreign-user",
        "The expected name stands there as the name of a user, of another kind than Fulcio's.",
        "certificate-malformed",
        KINDS,
        |context, draft| {
            let (SubjectName::Uri(own) | SubjectName::Email(own)) = &context.request.identity.name;
            let value = Any::encode_from(&Utf8StringRef::new(own)?)?;
            let other = OtherName {
                type_id: USER_PRINCIPAL_NAME,
                value: Any::new(Tag::Sequence, value.value())?,
            };
            names(draft, vec![GeneralName::OtherName(other)])
        },
    ),
    draft(
        "issuers-disagree",
        "The old extension names another issuer than the new one.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            replace(draft, fulcio_extension(1, "https://token.evil.example")?);
            Ok(())
        },
    ),
    draft(
        "issuer-twice",
        "Behind the expected issuer the same extension names another one.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            draft
                .extensions
                .push(fulcio_extension(8, "https://token.evil.example")?);
            Ok(())
        },
    ),
    draft(
        "source-twice",
        "Behind the expected source repository the same extension names another one.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            draft
                .extensions
                .push(fulcio_extension(12, "https://evil.example/example/project")?);
            Ok(())
        },
    ),
    draft(
        "extension-not-text",
        "The extension for the source repository is no text in DER.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            let id = fulcio_extension(12, "")?.extn_id;
            replace(
                draft,
                raw_extension(id, false, b"https://git.slsa-sandbox.test/example/project")?,
            );
            Ok(())
        },
    ),
    draft(
        "extension-trailing-byte",
        "There is a byte after the text of the extension for the source repository.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            let honest = fulcio_extension(12, "https://git.slsa-sandbox.test/example/project")?;
            let value = [honest.extn_value.as_bytes(), &[0]].concat();
            replace(draft, raw_extension(honest.extn_id, false, &value)?);
            Ok(())
        },
    ),
];

fn names(draft: &mut Draft, names: Vec<GeneralName>) -> Result<(), SandboxError> {
    replace(draft, extension(SUBJECT_ALT_NAME, true, &SubjectAltName(names))?);
    Ok(())
}

fn uri(text: &str) -> Result<GeneralName, SandboxError> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(text)?))
}

fn own(name: &SubjectName) -> Result<GeneralName, SandboxError> {
    let (SubjectName::Uri(own) | SubjectName::Email(own)) = name;
    uri(own)
}
