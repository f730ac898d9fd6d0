//! Conditions of a policy: an expression in CEL or a module in Rego, over a view that was verified before.
//!
//! A condition does no I/O and sees no clock, no randomness and no environment: in both languages only the
//! functions on a list may be called, and all else is refused when the condition is made. What it may cost is
//! bounded: its source, its input, and its work.

use std::fmt;

use serde_json::Value;

#[cfg(feature = "cel")]
mod cel;
#[cfg(feature = "rego")]
mod rego;

/// Bytes of a condition's source.
const MAX_SOURCE: usize = 16 << 10;

/// Values in a condition's input, as in `Limits::predicate_values`.
const MAX_VALUES: usize = 100_000;

/// Bytes of all strings and keys in a condition's input, as in `Limits::payload_bytes`.
const MAX_BYTES: usize = 16 << 20;

/// Levels of nested JSON in a condition's input, as in `Limits::json_depth`. Both languages walk it recursively.
const MAX_DEPTH: usize = 64;

/// Levels of nested expressions in a condition: it is evaluated recursively, and nobody reads deeper ones.
#[cfg(any(feature = "cel", feature = "rego"))]
const MAX_NESTING: usize = 64;

/// Bytes of a regular expression, before and after it is compiled. A `\w` alone takes some 20 KiB: Unicode is
/// large.
#[cfg(any(feature = "cel", feature = "rego"))]
const MAX_PATTERN: usize = 1 << 10;
#[cfg(any(feature = "cel", feature = "rego"))]
const MAX_COMPILED_PATTERN: usize = 256 << 10;

/// Bytes of stack where recursion is as deep as a source is long: both parsers read chains such as `a + a + a`
/// without a limit on depth, and 16 KiB hold 8,000 of them. Only what is used of it takes memory.
#[cfg(any(feature = "cel", feature = "rego"))]
const DEEP_STACK: usize = 256 << 20;

/// A free condition of a policy over the verified view.
#[derive(Clone, Debug)]
pub struct Condition {
    source: String,
    program: Program,
}

/// What is evaluated, by language.
#[derive(Clone, Debug)]
enum Program {
    #[cfg(feature = "cel")]
    Cel(cel::Program),
    #[cfg(feature = "rego")]
    Rego(Box<rego::Program>),
    /// Keeps the enum from having no variant at all when neither language was compiled in.
    #[cfg(not(any(feature = "cel", feature = "rego")))]
    #[allow(dead_code)]
    None(Language),
}

/// The language of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// The Common Expression Language.
    Cel,
    /// Rego, the language of the Open Policy Agent, in version 1.
    Rego,
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cel => "CEL",
            Self::Rego => "Rego",
        })
    }
}

/// Why a condition was not made, or did not come to an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// The source is not in the language, or uses what conditions may not.
    #[error("not a condition in {language}: {detail}")]
    Syntax {
        /// The language of the condition.
        language: Language,
        /// What is wrong with it.
        detail: String,
    },
    /// The source has too many bytes.
    #[error("the condition has {found} bytes, and at most {max} are allowed")]
    TooLong {
        /// Bytes of the source.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// This build cannot evaluate the language.
    #[error("conditions in {language} are not supported by this build")]
    NotCompiledIn {
        /// The language of the condition.
        language: Language,
    },
    /// The evaluation failed.
    #[error("the condition in {language} failed: {detail}")]
    Evaluation {
        /// The language of the condition.
        language: Language,
        /// What failed.
        detail: String,
    },
    /// The outcome is neither `true` nor `false`.
    #[error("the condition in {language} gave {found}, not true or false")]
    NotBoolean {
        /// The language of the condition.
        language: Language,
        /// The type of the outcome.
        found: String,
    },
    /// The evaluation would cost too much, or the input is too large.
    #[error("the condition in {language} takes too much work on this input")]
    TooMuchWork {
        /// The language of the condition.
        language: Language,
    },
}

impl Condition {
    /// Parses an expression in CEL. It sees the keys of the input as variables.
    ///
    /// # Errors
    /// If it is too long or not an expression, or calls a function that conditions may not.
    pub fn cel(expression: &str) -> Result<Self, ConditionError> {
        check_length(expression)?;
        #[cfg(feature = "cel")]
        let made = on_deep_stack(|| cel::Program::new(expression))
            .map(|program| Self {
                source: expression.to_owned(),
                program: Program::Cel(program),
            })
            .map_err(|detail| ConditionError::Syntax {
                language: Language::Cel,
                detail,
            });
        #[cfg(not(feature = "cel"))]
        let made = Err(ConditionError::NotCompiledIn {
            language: Language::Cel,
        });
        made
    }

    /// Parses a module in Rego. It sees the input as `input`, and its rule `allow` decides.
    ///
    /// # Errors
    /// If it is too long, not a module with a rule `allow`, or calls a function that conditions may not.
    pub fn rego(module: &str) -> Result<Self, ConditionError> {
        check_length(module)?;
        #[cfg(feature = "rego")]
        let made = on_deep_stack(|| rego::Program::new(module))
            .map(|program| Self {
                source: module.to_owned(),
                program: Program::Rego(Box::new(program)),
            })
            .map_err(|detail| ConditionError::Syntax {
                language: Language::Rego,
                detail,
            });
        #[cfg(not(feature = "rego"))]
        let made = Err(ConditionError::NotCompiledIn {
            language: Language::Rego,
        });
        made
    }

    /// Returns the language it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        match &self.program {
            #[cfg(feature = "cel")]
            Program::Cel(_) => Language::Cel,
            #[cfg(feature = "rego")]
            Program::Rego(_) => Language::Rego,
            #[cfg(not(any(feature = "cel", feature = "rego")))]
            Program::None(language) => *language,
        }
    }

    /// Returns its text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates it over `input`, a JSON object.
    ///
    /// # Errors
    /// If the evaluation fails or takes too much work, or the outcome is not a boolean. In Rego, an undefined
    /// `allow` is `false`.
    pub fn evaluate(&self, input: &Value) -> Result<bool, ConditionError> {
        let language = self.language();
        if !input.is_object() {
            return Err(ConditionError::Evaluation {
                language,
                detail: "the input is not a JSON object".to_owned(),
            });
        }
        // Before either language sees it: both recurse, and copy all of it.
        if !Room::new().has_room_for(input, MAX_DEPTH) {
            return Err(ConditionError::TooMuchWork { language });
        }
        match &self.program {
            #[cfg(feature = "cel")]
            Program::Cel(program) => unwinding_is_failure(language, || program.evaluate(input)),
            #[cfg(feature = "rego")]
            Program::Rego(program) => unwinding_is_failure(language, || program.evaluate(input)),
            #[cfg(not(any(feature = "cel", feature = "rego")))]
            Program::None(language) => Err(ConditionError::NotCompiledIn { language: *language }),
        }
    }
}

fn check_length(source: &str) -> Result<(), ConditionError> {
    if source.len() > MAX_SOURCE {
        return Err(ConditionError::TooLong {
            found: source.len(),
            max: MAX_SOURCE,
        });
    }
    Ok(())
}

/// Works where deep recursion does not overflow the stack, which no one can catch. A panic ends that thread
/// alone.
#[cfg(any(feature = "cel", feature = "rego"))]
fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("condition".to_owned())
            .stack_size(DEEP_STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("no thread for it: {error}"))?;
        thread
            .join()
            .unwrap_or_else(|_| Err("the library panicked".to_owned()))
    })
}

/// The last line of defence. Both libraries index and unwrap in their own code, where a defect of theirs must
/// refuse the artifact, not end a server. Nothing that is used afterwards is seen half changed: the program is
/// not changed by an evaluation.
#[cfg(any(feature = "cel", feature = "rego"))]
fn unwinding_is_failure(
    language: Language,
    evaluate: impl FnOnce() -> Result<bool, ConditionError>,
) -> Result<bool, ConditionError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(evaluate)).unwrap_or_else(|_| {
        Err(ConditionError::Evaluation {
            language,
            detail: "the evaluator panicked".to_owned(),
        })
    })
}

/// Compiles a pattern that stands in a condition, within bounds on its size.
#[cfg(any(feature = "cel", feature = "rego"))]
fn compile_pattern(pattern: &str) -> Result<regex::Regex, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!(
            "a regular expression of {} bytes, and at most {MAX_PATTERN} are allowed",
            pattern.len()
        ));
    }
    regex::RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED_PATTERN)
        .build()
        .map_err(|error| error.to_string())
}

/// What of an input's bounds is left.
struct Room {
    values: usize,
    bytes: usize,
}

impl Room {
    fn new() -> Self {
        Self {
            values: MAX_VALUES,
            bytes: MAX_BYTES,
        }
    }

    fn has_room_for(&mut self, value: &Value, depth: usize) -> bool {
        let Some(values) = self.values.checked_sub(1) else {
            return false;
        };
        self.values = values;
        let Some(below) = depth.checked_sub(1) else {
            return false;
        };
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
            Value::String(text) => self.has_room_for_text(text),
            Value::Array(items) => items.iter().all(|item| self.has_room_for(item, below)),
            Value::Object(members) => members
                .iter()
                .all(|(key, value)| self.has_room_for_text(key) && self.has_room_for(value, below)),
        }
    }

    fn has_room_for_text(&mut self, text: &str) -> bool {
        self.bytes.checked_sub(text.len()).is_some_and(|bytes| {
            self.bytes = bytes;
            true
        })
    }
}

#[cfg(test)]
mod tests;
