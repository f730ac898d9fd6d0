//! Honest certificates of signers whose names, or whose issuers, look like the expected one's.

use super::base::Base;
use super::{Ask, Forgery, step};
use crate::bundle::BundleRequest;
use crate::error::SandboxError;
use crate::identity::SubjectName;

const KINDS: &[Base] = &[Base::Private, Base::RekorV1];

/// A signer of another name.
const fn name(name: &'static str, about: &'static str, flaw: Ask) -> Forgery {
    step::request(name, about, "identity-mismatch", KINDS, flaw)
}

/// A signer of the expected name, for whom somebody else vouches.
const fn issuer(name: &'static str, about: &'static str, flaw: Ask) -> Forgery {
    step::request(name, about, "issuer-mismatch", KINDS, flaw)
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - another workflow, repository, owner or host
    name(
        "identity-suffix",
        "The signer's workflow has the expected name as its beginning.",
        |request| rename(request, |name| name.replace("build.yml@", "build.yml-x.yml@")),
    ),
    name(
        "identity-prefix",
        "The signer's name ends with the expected one.",
        |request| rename(request, |name| format!("https://evil.example/?{name}")),
    ),
    name(
        "identity-fork",
        "The same workflow of another owner signs.",
        |request| rename(request, |name| name.replace("/example/", "/stranger/")),
    ),
    name(
        "identity-case",
        "The owner's name is written in capitals.",
        |request| rename(request, |name| name.replace("/example/", "/Example/")),
    ),
    name(
        "identity-any-character",
        "Where the expected name has a dot there is another character.",
        |request| rename(request, |name| name.replace("build.yml", "build-yml")),
    ),
    name(
        "identity-host",
        "Where the expected host has a dot there is another character.",
        |request| rename(request, |name| name.replace("git.slsa", "gitxslsa")),
    ),
    name(
        "identity-scheme",
        "The signer's name has another scheme.",
        |request| rename(request, |name| name.replace("https://", "http://")),
    ),
    // - the same host to a reader, another one to a machine
    name(
        "identity-user",
        "The expected host is the name of a user at another host.",
        |request| rename(request, |name| name.replace(".test/", ".test@evil.example/")),
    ),
    name("identity-port", "The expected host has a port.", |request| {
        rename(request, |name| name.replace(".test/", ".test:444/"))
    }),
    name(
        "identity-encoded-slash",
        "A slash of the expected name is written as its code.",
        |request| {
            rename(request, |name| {
                name.replace("example/builder", "example%2Fbuilder")
            })
        },
    ),
    name(
        "identity-path",
        "The name leads to the expected workflow by way of another repository.",
        |request| {
            rename(request, |name| {
                name.replace("/example/builder/", "/stranger/x/../../example/builder/")
            })
        },
    ),
    name(
        "identity-slash",
        "There is a slash behind the expected name.",
        |request| rename(request, |name| format!("{name}/")),
    ),
    name(
        "identity-query",
        "There is a query behind the expected name.",
        |request| rename(request, |name| format!("{name}?x")),
    ),
    name(
        "identity-fragment",
        "There is a fragment behind the expected name.",
        |request| rename(request, |name| format!("{name}#x")),
    ),
    name(
        "identity-line-feed",
        "There is a line feed behind the expected name.",
        |request| rename(request, |name| format!("{name}\n")),
    ),
    name(
        "identity-zero",
        "Behind the expected name there is a zero, and a stranger's name.",
        |request| rename(request, |name| format!("{name}\0.evil.example")),
    ),
    name(
        "identity-of-email",
        "The signer is a person whose address begins with the expected name.",
        |request| {
            request.identity.name = match &request.identity.name {
                SubjectName::Uri(name) | SubjectName::Email(name) => {
                    SubjectName::Email(format!("{name}@evil.example"))
                }
            };
            Ok(())
        },
    ),
    name(
        "identity-as-email",
        "The expected name is the address of a person.",
        |request| {
            request.identity.name = match &request.identity.name {
                SubjectName::Uri(name) | SubjectName::Email(name) => SubjectName::Email(name.clone()),
            };
            Ok(())
        },
    ),
    // - the same workflow at another ref
    name(
        "identity-branch",
        "A branch of the expected tag's name signs.",
        |request| at(request, "refs/heads/v1.0.0"),
    ),
    name("identity-pull-request", "A pull request signs.", |request| {
        at(request, "refs/pull/1/merge")
    }),
    name(
        "identity-short-tag",
        "The expected tag is written without what says that it is one.",
        |request| at(request, "v1.0.0"),
    ),
    name(
        "identity-other-tag",
        "A tag that begins with the expected one signs.",
        |request| at(request, "refs/tags/v1.0.0-rc.1"),
    ),
    name("identity-ref-empty", "The signer's ref is empty.", |request| {
        at(request, "")
    }),
    name("identity-without-ref", "The signer has no ref.", |request| {
        rename(request, |name| {
            name.split('@').next().unwrap_or_default().to_owned()
        })
    }),
    name(
        "identity-commit",
        "The signer's ref is a commit, where a tag is expected.",
        |request| at(request, "9b1c38f1c4d9a1d6a3f28c5b12f0a7a4f1e0d2c3"),
    ),
    name(
        "identity-ref-in-ref",
        "A branch whose name ends like the expected tag signs.",
        |request| at(request, "refs/heads/main@refs/tags/v1.0.0"),
    ),
    name(
        "identity-two-refs",
        "Behind the expected ref there is another one.",
        |request| rename(request, |name| format!("{name}@refs/heads/main")),
    ),
    // - the issuer
    issuer(
        "issuer-slash",
        "There is a slash behind the expected issuer.",
        |request| vouch(request, |issuer| format!("{issuer}/")),
    ),
    issuer(
        "issuer-enterprise",
        "The issuer is one for an enterprise, below the expected one.",
        |request| vouch(request, |issuer| format!("{issuer}/stranger")),
    ),
    issuer(
        "issuer-suffix",
        "The issuer's host begins with the expected one's.",
        |request| vouch(request, |issuer| format!("{issuer}.evil.example")),
    ),
    issuer(
        "issuer-user",
        "The expected issuer is the name of a user at another host.",
        |request| vouch(request, |issuer| format!("{issuer}@evil.example")),
    ),
    issuer("issuer-scheme", "The issuer has another scheme.", |request| {
        vouch(request, |issuer| issuer.replace("https://", "http://"))
    }),
    issuer("issuer-case", "The issuer is written in capitals.", |request| {
        vouch(request, |issuer| issuer.to_uppercase())
    }),
    issuer(
        "issuer-other",
        "An issuer of people's addresses vouches for the expected name.",
        |request| vouch(request, |_| "https://accounts.slsa-sandbox.test".to_owned()),
    ),
    issuer(
        "issuer-empty",
        "The certificate names an empty issuer.",
        |request| vouch(request, |_| String::new()),
    ),
];

fn rename(request: &mut BundleRequest, change: fn(&str) -> String) -> Result<(), SandboxError> {
    let (SubjectName::Uri(name) | SubjectName::Email(name)) = &request.identity.name;
    request.identity.name = SubjectName::Uri(change(name));
    Ok(())
}

/// The expected workflow at another ref.
fn at(request: &mut BundleRequest, git_ref: &str) -> Result<(), SandboxError> {
    let (SubjectName::Uri(name) | SubjectName::Email(name)) = &request.identity.name;
    let workflow = name.split('@').next().unwrap_or_default();
    request.identity.name = SubjectName::Uri(format!("{workflow}@{git_ref}"));
    Ok(())
}

fn vouch(request: &mut BundleRequest, change: fn(&str) -> String) -> Result<(), SandboxError> {
    request.identity.issuer = change(&request.identity.issuer);
    Ok(())
}
