//! A token's payload, of which each claim is read with its type and form.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::OidcError;
use crate::http::excerpt;

/// The claims of a token whose signature was verified.
pub(super) struct Payload(Map<String, Value>);

/// When a token was issued, and while it is valid.
pub(super) struct Times {
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) valid_from: Option<Timestamp>,
}

/// The form of a text: what to call it, and whether a text has it.
pub(super) struct Form(pub(super) &'static str, pub(super) fn(&str) -> bool);

/// Text without control characters.
pub(super) const TEXT: Form = Form("text in one line", |text| {
    !text.is_empty() && !text.chars().any(char::is_control)
});
/// A number that someone else counts.
pub(super) const NUMBER: Form = Form("a number", |text| {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
});
/// A commit, as git writes it with SHA-1.
pub(super) const COMMIT: Form = Form("40 lower-case hex digits", crate::claims::is_commit);
/// A git ref by its full name, without what git forbids in names (`git check-ref-format`).
pub(super) const GIT_REF: Form = Form("a git ref", crate::claims::is_git_ref);

impl Payload {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(super) fn expect_issuer(&self, expected: &str) -> Result<(), OidcError> {
        let found = self.string("iss")?;
        if found == expected {
            return Ok(());
        }
        Err(OidcError::Issuer {
            expected: expected.to_owned(),
            found: excerpt(found, 200),
        })
    }

    /// One audience, alone or alone in a list. A token for others too could be used by those others.
    pub(super) fn expect_audience(&self, expected: &str) -> Result<(), OidcError> {
        let wrong = |found: &str| OidcError::Audience {
            expected: expected.to_owned(),
            found: excerpt(found, 200),
        };
        let name = "aud";
        let not_text = OidcError::ClaimType {
            name,
            expected: "text, or a list of it",
        };
        let found = match self.0.get(name) {
            None | Some(Value::Null) => return Err(OidcError::MissingClaim { name }),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(list)) => {
                let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
                texts.ok_or(not_text)?
            }
            Some(_) => return Err(not_text),
        };
        if found == [expected] {
            Ok(())
        } else {
            Err(wrong(&found.join(", ")))
        }
    }

    pub(super) fn times(&self) -> Result<Times, OidcError> {
        let valid_from = match self.0.get("nbf") {
            None => None,
            Some(_) => Some(self.time("nbf")?),
        };
        Ok(Times {
            issued_at: self.time("iat")?,
            expires_at: self.time("exp")?,
            valid_from,
        })
    }

    /// Seconds since 1970, as an integer. `1e9` and `1.0` are none: no issuer writes them.
    fn time(&self, name: &'static str) -> Result<Timestamp, OidcError> {
        let wrong = OidcError::ClaimType {
            name,
            expected: "a time in whole seconds",
        };
        let value = self.0.get(name).ok_or(OidcError::MissingClaim { name })?;
        let seconds = value.as_i64().filter(|seconds| *seconds >= 0);
        let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        time.ok_or(wrong)
    }

    fn string(&self, name: &'static str) -> Result<&str, OidcError> {
        let expected = "text";
        match self.0.get(name) {
            None | Some(Value::Null) => Err(OidcError::MissingClaim { name }),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(OidcError::ClaimType { name, expected }),
        }
    }

    /// A claim that must be there.
    pub(super) fn text(&self, name: &'static str, form: &Form) -> Result<String, OidcError> {
        let text = self.string(name)?;
        in_form(name, form, text)
    }

    /// A claim that may be missing, null or empty, and otherwise has its form.
    pub(super) fn optional(&self, name: &'static str, form: &Form) -> Result<Option<String>, OidcError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(_) => self.text(name, form).map(Some),
        }
    }

    /// A number that must be there, as text or as a number: GitLab writes `runner_id` the one way and `job_id` the
    /// other.
    pub(super) fn number(&self, name: &'static str) -> Result<String, OidcError> {
        match self.0.get(name).and_then(Value::as_u64) {
            Some(number) => Ok(number.to_string()),
            None => self.text(name, &NUMBER),
        }
    }
}

fn in_form(name: &'static str, form: &Form, text: &str) -> Result<String, OidcError> {
    let Form(expected, has_form) = *form;
    if has_form(text) {
        return Ok(text.to_owned());
    }
    Err(OidcError::ClaimForm {
        name,
        expected,
        found: excerpt(text, 200),
    })
}
