//! Reports of tests in the XML of JUnit, which has no specification of its own: `testsuites`, `testsuite`, `testcase`,
//! and in a case `failure`, `error`, `skipped`, as Ant introduced them, and what Surefire adds for tests that were
//! run again.
//!
//! A test that failed first and passed when it was run again is one that warns. A test that was skipped is in no
//! list: it neither passed nor failed.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::NewPredicate;
use super::error::{PredicateInput, PredicateInputError, shown};
use super::input::{self, MAX_REPORT_BYTES};
use super::test_result::{Ended, TestDetails, Tests};

/// How deep elements may nest. Real reports have five levels; suites in suites a few more.
const MAX_DEPTH: usize = 64;

/// How many attributes an element may have. Real ones have ten; looking for duplicates takes their square.
const MAX_ATTRIBUTES: usize = 64;

/// Why a report of tests was not summarised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JunitError {
    /// Not UTF-8.
    #[error("not UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// Where.
        offset: usize,
    },
    /// Not well-formed XML, or an entity that XML itself does not define.
    #[error("not well-formed XML at byte {offset}: {detail}")]
    Xml {
        /// Where.
        offset: u64,
        /// What the parser says, cut, printable.
        detail: String,
    },
    /// There is a document type declaration, which could define entities. Reports need none.
    #[error("a document type declaration at byte {offset}")]
    Doctype {
        /// Where.
        offset: u64,
    },
    /// The outermost element is neither `testsuites` nor `testsuite`, or there is more than one.
    #[error("outermost element \"{found}\" is neither testsuites nor testsuite, or not the only one")]
    Root {
        /// The element, cut, printable; empty where there is none.
        found: String,
    },
    /// Elements nest too deep.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// How deep they may.
        limit: usize,
    },
    /// An element has too many attributes.
    #[error("more than {limit} attributes at byte {offset}")]
    TooManyAttributes {
        /// Where.
        offset: u64,
        /// How many it may have.
        limit: usize,
    },
    /// A test has no name.
    #[error("a testcase without name at byte {offset}")]
    NoName {
        /// Where.
        offset: u64,
    },
    /// No test was run: all were skipped, or there are none.
    #[error("no test was run")]
    NoTests,
}

/// Makes the predicate of a report of tests. A test is named by its class and its name: `Class.name`.
///
/// # Errors
/// [`JunitError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::TestUrl`], and
/// [`PredicateInputError::Predicate`] where there are more tests than a verifier reads.
pub fn junit(bytes: &[u8], details: &TestDetails) -> Result<NewPredicate, PredicateInputError> {
    input::limited(PredicateInput::Junit, bytes, MAX_REPORT_BYTES)?;
    let text = std::str::from_utf8(bytes).map_err(|error| JunitError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let tests = Report::read(text)?;
    if tests.is_empty() {
        return Err(JunitError::NoTests.into());
    }
    tests.predicate(details, Vec::new())
}

/// A report while it is read.
struct Report<'a> {
    reader: Reader<&'a [u8]>,
    /// What is open, the outermost first.
    open: Vec<Element>,
    has_root: bool,
    tests: Tests,
}

/// An element that is open.
enum Element {
    Suite(Suite),
    Case { name: String, ended: Option<Ended> },
    Other,
}

/// A suite, which counts its failures, also those that no case shows, such as of what is to be done before all.
struct Suite {
    name: String,
    claims_failures: bool,
    has_failures: bool,
}

impl<'a> Report<'a> {
    fn read(text: &'a str) -> Result<Tests, JunitError> {
        let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        reader.config_mut().expand_empty_elements = true;
        let mut report = Self {
            reader,
            open: Vec::new(),
            has_root: false,
            tests: Tests::default(),
        };
        while report.step()? {}
        Ok(report.tests)
    }

    /// Reads on to the next event; returns whether there may be more.
    fn step(&mut self) -> Result<bool, JunitError> {
        let offset = self.reader.buffer_position();
        let event = self.reader.read_event().map_err(|error| xml(offset, &error))?;
        match event {
            Event::Start(element) => self.start(&element, offset)?,
            Event::End(_) => self.end(),
            // Output of tests, which is not read, and so no entity in it is expanded.
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Decl(_) | Event::Empty(_) => {}
            Event::DocType(_) => return Err(JunitError::Doctype { offset }),
            Event::Eof => {
                if !self.has_root {
                    let found = String::new();
                    return Err(JunitError::Root { found });
                }
                if !self.open.is_empty() {
                    return Err(xml(offset, &"the document ends before its elements do"));
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn start(&mut self, element: &BytesStart<'_>, offset: u64) -> Result<(), JunitError> {
        let tag = element.local_name();
        let tag = tag.as_ref();
        if self.open.len() >= MAX_DEPTH {
            return Err(JunitError::TooDeep { limit: MAX_DEPTH });
        }
        if self.open.is_empty() && (self.has_root || !matches!(tag, b"testsuites" | b"testsuite")) {
            let found = shown(&String::from_utf8_lossy(tag));
            return Err(JunitError::Root { found });
        }
        self.has_root = true;
        let opened = match (tag, self.open.last_mut()) {
            (b"testsuites" | b"testsuite", None | Some(Element::Suite(_))) => {
                Element::Suite(suite(&Attributes::read(element, offset)?))
            }
            (b"testcase", Some(Element::Suite(_))) => case(&Attributes::read(element, offset)?, offset)?,
            (tag, Some(Element::Case { ended, .. })) => {
                let worst = |now| ended.map_or(now, |before: Ended| before.max(now));
                match tag {
                    b"failure" | b"error" | b"rerunFailure" | b"rerunError" => *ended = Some(Ended::Failed),
                    b"flakyFailure" | b"flakyError" => *ended = Some(worst(Ended::Warned)),
                    b"skipped" if *ended == Some(Ended::Passed) => *ended = None,
                    _ => {}
                }
                Element::Other
            }
            _ => Element::Other,
        };
        self.open.push(opened);
        Ok(())
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Element::Case {
                name,
                ended: Some(ended),
            }) => {
                self.tests.add(&name, ended);
                if ended == Ended::Failed {
                    self.has_failed();
                }
            }
            Some(Element::Suite(suite)) if suite.has_failures => self.has_failed(),
            Some(Element::Suite(suite)) if suite.claims_failures => {
                self.tests.add(&suite.name, Ended::Failed);
                self.has_failed();
            }
            _ => {}
        }
    }

    /// Tells the suite that is open of a failure in it.
    fn has_failed(&mut self) {
        if let Some(Element::Suite(suite)) = self.open.last_mut() {
            suite.has_failures = true;
        }
    }
}

/// The attributes that matter.
#[derive(Default)]
struct Attributes {
    name: String,
    class: String,
    failures: String,
    errors: String,
}

impl Attributes {
    fn read(element: &BytesStart<'_>, offset: u64) -> Result<Self, JunitError> {
        let mut read = Self::default();
        for (i, attribute) in element.attributes().enumerate() {
            if i == MAX_ATTRIBUTES {
                let limit = MAX_ATTRIBUTES;
                return Err(JunitError::TooManyAttributes { offset, limit });
            }
            let attribute = attribute.map_err(|error| xml(offset, &error))?;
            let field = match attribute.key.as_ref() {
                b"name" => &mut read.name,
                b"classname" => &mut read.class,
                b"failures" => &mut read.failures,
                b"errors" => &mut read.errors,
                _ => continue,
            };
            // The five entities of XML itself and characters by number; any other is an error.
            let value = attribute.unescape_value().map_err(|error| xml(offset, &error))?;
            value.trim().clone_into(field);
        }
        Ok(read)
    }
}

fn suite(attributes: &Attributes) -> Suite {
    let is_some = |count: &str| count.parse::<u64>().is_ok_and(|count| count > 0);
    Suite {
        name: match attributes.name.as_str() {
            "" => "testsuite".to_owned(),
            name => name.to_owned(),
        },
        claims_failures: is_some(&attributes.failures) || is_some(&attributes.errors),
        has_failures: false,
    }
}

fn case(attributes: &Attributes, offset: u64) -> Result<Element, JunitError> {
    let name = match (attributes.class.as_str(), attributes.name.as_str()) {
        (_, "") => return Err(JunitError::NoName { offset }),
        ("", name) => name.to_owned(),
        (class, name) => format!("{class}.{name}"),
    };
    let ended = Some(Ended::Passed);
    Ok(Element::Case { name, ended })
}

fn xml(offset: u64, error: &dyn std::fmt::Display) -> JunitError {
    let detail = shown(&error.to_string());
    JunitError::Xml { offset, detail }
}

#[cfg(test)]
mod tests;
