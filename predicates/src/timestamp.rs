//! A moment, as a document writes it.
//!
//! Source: RFC 3339, section 5.6; in-toto attestation specification v1, `field_types.md`, "Timestamp".

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::shown::shown;

/// A moment in RFC 3339, such as `1985-04-12T23:20:50.52Z`, that keeps the text in which it was read.
///
/// Read strictly: date, `T`, time, perhaps a fraction of up to nine digits, then `Z` or an offset such as
/// `+01:00`. Equality is that of the text; compare moments by [`get`](Self::get).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    text: String,
    moment: jiff::Timestamp,
}

/// A text that is not a moment in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 timestamp: \"{found}\"")]
#[non_exhaustive]
pub struct TimestampError {
    /// The text, cut, printable.
    pub found: String,
}

impl Timestamp {
    /// Returns the moment.
    pub fn get(&self) -> jiff::Timestamp {
        self.moment
    }

    /// Returns the text as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self {
            text: moment.to_string(),
            moment,
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        is_rfc3339(text.as_bytes())
            .then(|| text.parse().ok())
            .flatten()
            .map(|moment| Self {
                text: text.to_owned(),
                moment,
            })
            .ok_or_else(|| TimestampError {
                found: shown(text, 64),
            })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// Returns whether the form is right; whether such a day exists is for the library to say, which accepts
/// much more than RFC 3339.
fn is_rfc3339(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    matches_form(date_time, b"0000-00-00T00:00:00") && is_offset(without_fraction(rest))
}

fn without_fraction(rest: &[u8]) -> &[u8] {
    let Some(fraction) = rest.strip_prefix(b".") else {
        return rest;
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    // A point without digits leaves what is no offset.
    if digits == 0 {
        rest
    } else {
        fraction.get(digits..).unwrap_or_default()
    }
}

fn is_offset(rest: &[u8]) -> bool {
    match rest {
        b"Z" => true,
        [b'+' | b'-', offset @ ..] => {
            // RFC 3339: hours to 23, minutes to 59.
            matches_form(offset, b"00:00")
                && matches!(offset, [a, b, _, c, _] if [*a, *b] < *b"24" && *c < b'6')
        }
        _ => false,
    }
}

/// Returns whether each character is that of the form, or a digit where the form has one.
fn matches_form(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text.iter().zip(form).all(|(t, f)| {
            if f.is_ascii_digit() {
                t.is_ascii_digit()
            } else {
                t == f
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_is_accepted_and_keeps_its_text() {
        for text in [
            "1985-04-12T23:20:50Z",
            "1985-04-12T23:20:50.52Z",
            "2022-08-15T22:43:18.700638187Z",
            "1996-12-19T16:39:57-08:00",
            "1996-12-19T16:39:57+23:59",
            "1990-12-31T23:59:60Z",
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(serde_json::to_string(&time).unwrap(), format!("{text:?}"));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "1985-04-12 23:20:50Z",
            "1985-04-12t23:20:50Z",
            "1985-04-12T23:20:50z",
            "1985-04-12T23:20:50",
            "1985-04-12T23:20Z",
            "1985-04-12T23:20:50.Z",
            "1985-04-12T23:20:50,5Z",
            "1985-04-12T23:20:50.1234567890Z",
            "1985-04-12T23:20:50+01",
            "1985-04-12T23:20:50+0100",
            "1985-04-12T23:20:50+24:00",
            "1985-04-12T23:20:50+01:60",
            "1985-04-12T23:20:50Z[UTC]",
            "1985-04-12T23:20:50+00:00[UTC]",
            "1985-02-29T23:20:50Z",
            "1985-04-12T24:00:00Z",
            "+01985-04-12T23:20:50Z",
            "1985-04-12",
            " 1985-04-12T23:20:50Z",
            "1985-04-12T23:20:50Z\n",
            "",
        ] {
            assert_eq!(
                text.parse::<Timestamp>(),
                Err(TimestampError {
                    found: shown(text, 64)
                })
            );
        }
    }

    #[test]
    fn two_spellings_of_one_moment_differ_as_text_and_agree_as_moment() {
        let [a, b] =
            ["1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"].map(|t| t.parse::<Timestamp>().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.get(), b.get());
    }
}
