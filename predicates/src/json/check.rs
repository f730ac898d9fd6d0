//! The walk over a document that builds nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{JsonError, JsonLimits};
use crate::shown::shown;

/// `serde_json` itself refuses the 128th level, before we see it; the level after ours must still be seen.
const PARSER_DEPTH: usize = 126;

/// Keys with this beginning have a meaning inside `serde_json`; see [`JsonError::ReservedKey`].
const RESERVED: &str = "$serde_json::private::";

pub(super) fn document(bytes: &[u8], limits: &JsonLimits) -> Result<(), JsonError> {
    let mut state = State {
        depth_limit: limits.depth.min(PARSER_DEPTH),
        members_limit: limits.open_members,
        members_left: limits.open_members,
        values_limit: limits.values,
        values_left: limits.values,
        refusal: None,
    };
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let depth_left = state.depth_limit;
    Value {
        state: &mut state,
        depth_left,
    }
    .deserialize(&mut parser)
    .and_then(|()| parser.end())
    .map_err(|e| match state.refusal {
        Some(refusal) => refusal.at(e.line()),
        None => JsonError::from_parser(&e),
    })
}

/// What is left of the limits, and why the walk was ended.
struct State {
    depth_limit: usize,
    members_limit: usize,
    members_left: usize,
    values_limit: usize,
    values_left: usize,
    refusal: Option<Refusal>,
}

impl State {
    /// Ends the walk. The parser adds the line to its error, which is why the reason is kept here.
    fn refuse<E: Error>(&mut self, refusal: Refusal) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }

    fn take_value<E: Error>(&mut self) -> Result<(), E> {
        match self.values_left.checked_sub(1) {
            Some(left) => {
                self.values_left = left;
                Ok(())
            }
            None => Err(self.refuse(Refusal::Limit(JsonError::TooManyValues {
                limit: self.values_limit,
            }))),
        }
    }

    fn take_member<E: Error>(&mut self) -> Result<(), E> {
        match self.members_left.checked_sub(1) {
            Some(left) => {
                self.members_left = left;
                Ok(())
            }
            None => Err(self.refuse(Refusal::Limit(JsonError::TooManyMembers {
                limit: self.members_limit,
            }))),
        }
    }
}

enum Refusal {
    Duplicate(String),
    Reserved(String),
    Limit(JsonError),
}

impl Refusal {
    fn at(self, line: usize) -> JsonError {
        match self {
            Self::Duplicate(key) => JsonError::DuplicateKey { key, line },
            Self::Reserved(key) => JsonError::ReservedKey { key, line },
            Self::Limit(error) => error,
        }
    }
}

/// One value at some depth.
struct Value<'s> {
    state: &'s mut State,
    depth_left: usize,
}

impl Value<'_> {
    fn inner_depth<E: Error>(&mut self) -> Result<usize, E> {
        match self.depth_left.checked_sub(1) {
            Some(left) => Ok(left),
            None => {
                let limit = self.state.depth_limit;
                Err(self.state.refuse(Refusal::Limit(JsonError::TooDeep { limit })))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.state.take_value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let depth_left = self.inner_depth()?;
        while items
            .next_element_seed(Value {
                state: self.state,
                depth_left,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let depth_left = self.inner_depth()?;
        let members_left = self.state.members_left;
        let mut keys = HashSet::new();
        while let Some(key) = members.next_key_seed(Key)? {
            self.state.take_member()?;
            if key.starts_with(RESERVED) {
                return Err(self.state.refuse(Refusal::Reserved(shown(&key, 64))));
            }
            if let Some(key) = keys.replace(key) {
                return Err(self.state.refuse(Refusal::Duplicate(shown(&key, 64))));
            }
            members.next_value_seed(Value {
                state: self.state,
                depth_left,
            })?;
        }
        self.state.members_left = members_left;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// A key, unescaped; borrowed where it has no escapes, so that most keys cost no memory.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), JsonError> {
        document(text.as_bytes(), &JsonLimits::default())
    }

    fn check_within(text: &str, limits: JsonLimits) -> Result<(), JsonError> {
        document(text.as_bytes(), &limits)
    }

    #[test]
    fn equal_keys_in_different_objects_are_accepted_and_in_one_object_refused() {
        assert_eq!(check(r#"[{"a":1},{"a":2},{"b":{"a":3},"a":4}]"#), Ok(()));
        assert_eq!(
            check("[{\"a\":1,\n\"a\":2}]"),
            Err(JsonError::DuplicateKey {
                key: "a".into(),
                line: 2
            })
        );
    }

    #[test]
    fn keys_are_compared_after_unescaping() {
        assert_eq!(check(r#"{"run":1,"Run":2,"ru\u006d":3}"#), Ok(()));
        assert_eq!(
            check(r#"{"run":1,"ru\u006E":2}"#),
            Err(JsonError::DuplicateKey {
                key: "run".into(),
                line: 1
            })
        );
    }

    #[test]
    fn keys_that_the_parser_would_obey_are_refused_in_every_spelling() {
        assert_eq!(check(r#"{"$serde_json":"{}"}"#), Ok(()));
        for key in [
            r"$serde_json::private::RawValue",
            r"\u0024serde_json::private::Number",
        ] {
            let text = format!(r#"{{"{key}":"{{\"a\":1,\"a\":2}}"}}"#);
            assert!(
                matches!(check(&text), Err(JsonError::ReservedKey { line: 1, .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn nesting_up_to_the_limit_is_accepted_and_one_more_refused() {
        let limits = JsonLimits {
            depth: 3,
            ..JsonLimits::default()
        };
        assert_eq!(check_within(r#"[{"a":[1]}]"#, limits), Ok(()));
        assert_eq!(
            check_within(r#"[{"a":[[]]}]"#, limits),
            Err(JsonError::TooDeep { limit: 3 })
        );
    }

    #[test]
    fn a_depth_limit_above_what_the_parser_can_do_counts_as_that() {
        let limits = JsonLimits {
            depth: usize::MAX,
            ..JsonLimits::default()
        };
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(check_within(&nested(126), limits), Ok(()));
        assert_eq!(
            check_within(&nested(127), limits),
            Err(JsonError::TooDeep { limit: 126 })
        );
        assert_eq!(
            check_within(&nested(100_000), limits),
            Err(JsonError::TooDeep { limit: 126 })
        );
    }

    #[test]
    fn only_members_of_open_objects_are_counted() {
        let limits = JsonLimits {
            open_members: 3,
            ..JsonLimits::default()
        };
        assert_eq!(check_within(r#"{"a":{"b":1,"c":2},"d":{"b":1}}"#, limits), Ok(()));
        assert_eq!(
            check_within(r#"{"a":{"b":1,"c":2,"d":3}}"#, limits),
            Err(JsonError::TooManyMembers { limit: 3 })
        );
    }

    #[test]
    fn as_many_values_as_the_limit_are_accepted_and_one_more_refused() {
        let limits = JsonLimits {
            values: 4,
            ..JsonLimits::default()
        };
        assert_eq!(check_within(r#"{"a":[1,2]}"#, limits), Ok(()));
        assert_eq!(
            check_within(r#"{"a":[1,2,3]}"#, limits),
            Err(JsonError::TooManyValues { limit: 4 })
        );
    }

    #[test]
    fn a_second_document_is_refused_and_trailing_space_is_not() {
        assert_eq!(check("{} \n"), Ok(()));
        assert!(matches!(
            check("{} {}"),
            Err(JsonError::Syntax {
                line: 1,
                column: 4,
                ..
            })
        ));
    }

    #[test]
    fn numbers_that_no_64_bits_hold_are_refused() {
        assert_eq!(check("[1e300,-0,18446744073709551615]"), Ok(()));
        assert!(matches!(check("[1e400]"), Err(JsonError::Syntax { .. })));
    }

    #[test]
    fn lone_surrogates_invalid_utf_8_and_byte_order_marks_are_refused() {
        assert_eq!(check(r#""\ud83d\ude00""#), Ok(()));
        assert!(matches!(check(r#""\ud83d""#), Err(JsonError::Syntax { .. })));
        assert!(document(b"\"\xff\"", &JsonLimits::default()).is_err());
        assert!(check("\u{feff}{}").is_err());
    }
}
