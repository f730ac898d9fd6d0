//! Payloads that their signer honestly signed, and that are no statements, or not the provenance that they seem to be.

use serde_json::{Value, json};

use super::base::Base;
use super::document::{remove, set, sorted};
use super::{Ask, Forgery, step};
use crate::bundle::{BundleRequest, Content};
use crate::error::SandboxError;

const KINDS: &[Base] = &[Base::Private, Base::RekorV1];
pub(super) const MALFORMED: &str = "statement-malformed";

/// Another payload, signed and logged as it is.
pub(super) const fn request(
    name: &'static str,
    about: &'static str,
    code: &'static str,
    flaw: Ask,
) -> Forgery {
    step::request(name, about, code, KINDS, flaw)
}

/// Provenance that only who asks for it finds wrong.
const fn provenance(name: &'static str, about: &'static str, code: &'static str, flaw: Ask) -> Forgery {
    request(name, about, code, flaw).of_provenance()
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - no statement
    request(
        "statement-garbage",
        "The payload is no document.",
        MALFORMED,
        |request| payload(request, "a statement"),
    ),
    request("statement-empty", "The payload is empty.", MALFORMED, |request| {
        payload(request, "")
    }),
    request(
        "statement-list",
        "The payload is a list of statements.",
        MALFORMED,
        |request| text(request, |text| format!("[{text}]")),
    ),
    request(
        "statement-two",
        "There is a second statement behind the first.",
        MALFORMED,
        |request| text(request, |text| format!("{text}{text}")),
    ),
    request(
        "statement-byte-order-mark",
        "The payload begins with a byte order mark.",
        MALFORMED,
        |request| text(request, |text| format!("\u{feff}{text}")),
    ),
    request(
        "statement-key-twice",
        "The statement has its subjects twice, those of another artifact first.",
        MALFORMED,
        |request| {
            let other = format!(
                "\"subject\":[{{\"digest\":{{\"sha256\":\"{}\"}}}}],\"subject\":",
                "a".repeat(64)
            );
            text(request, |text| text.replacen("\"subject\":", &other, 1))
        },
    ),
    request(
        "statement-predicate-key-twice",
        "The predicate names its builder twice.",
        MALFORMED,
        |request| {
            text(request, |text| {
                text.replacen(
                    "\"builder\":",
                    "\"builder\":{\"id\":\"https://evil.example\"},\"builder\":",
                    1,
                )
            })
        },
    ),
    request(
        "statement-too-deep",
        "The predicate is nested 100 levels deep.",
        MALFORMED,
        |request| {
            let deep = format!("{{\"x\":{}{},", "[".repeat(100), "]".repeat(100));
            text(request, |text| {
                text.replacen("{\"buildDefinition\"", &format!("{deep}\"buildDefinition\""), 1)
            })
        },
    ),
    // - its type
    request(
        "statement-type-missing",
        "The statement does not say that it is one.",
        MALFORMED,
        |request| edit(request, |statement| remove(statement, "", "_type")),
    ),
    request(
        "statement-type-unknown",
        "The statement is of a version that does not exist.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(statement, "/_type", "https://in-toto.io/Statement/v2")
            })
        },
    ),
    request(
        "statement-type-case",
        "The statement's version is written in capitals.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(statement, "/_type", "https://in-toto.io/Statement/V1")
            })
        },
    ),
    request(
        "statement-type-slash",
        "There is a slash behind the statement's version.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(statement, "/_type", "https://in-toto.io/Statement/v1/")
            })
        },
    ),
    request(
        "statement-type-link",
        "The payload is a link, in-toto's older form.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, "/_type", "link")),
    ),
    // - its predicate
    request(
        "predicate-type-missing",
        "The statement does not say what its predicate is.",
        MALFORMED,
        |request| edit(request, |statement| remove(statement, "", "predicateType")),
    ),
    request(
        "predicate-type-empty",
        "The predicate's type is empty.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, "/predicateType", "")),
    ),
    request(
        "predicate-list",
        "The predicate is a list.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, "/predicate", json!([]))),
    ),
    provenance(
        "predicate-type-slash",
        "There is a slash behind the type of provenance.",
        "not-provenance",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicateType", "https://slsa.dev/provenance/v1/")
            })
        },
    ),
    provenance(
        "predicate-type-v10",
        "The predicate is of version 10 of provenance.",
        "not-provenance",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicateType", "https://slsa.dev/provenance/v10")
            })
        },
    ),
    provenance(
        "predicate-type-case",
        "The predicate's type is written in capitals.",
        "not-provenance",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicateType", "https://slsa.dev/Provenance/v1")
            })
        },
    ),
    provenance(
        "predicate-type-other",
        "The predicate is said to be a bill of materials.",
        "not-provenance",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicateType", "https://spdx.dev/Document")
            })
        },
    ),
    provenance(
        "provenance-null",
        "In place of the provenance there is null.",
        "provenance-malformed",
        |request| edit(request, |statement| set(statement, "/predicate", Value::Null)),
    ),
    provenance(
        "provenance-of-other-version",
        "The provenance has the form of version 1, and says that it is of version 0.2.",
        "provenance-malformed",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicateType", "https://slsa.dev/provenance/v0.2")
            })
        },
    ),
    provenance(
        "provenance-without-builder",
        "The provenance does not name who built.",
        "provenance-malformed",
        |request| {
            edit(request, |statement| {
                remove(statement, "/predicate/runDetails", "builder")
            })
        },
    ),
    provenance(
        "provenance-builder-empty",
        "The provenance names the builder by an empty text.",
        "provenance-malformed",
        |request| {
            edit(request, |statement| {
                set(statement, "/predicate/runDetails/builder/id", "")
            })
        },
    ),
    provenance(
        "provenance-without-build-type",
        "The provenance does not say how to read its parameters.",
        "provenance-malformed",
        |request| {
            edit(request, |statement| {
                remove(statement, "/predicate/buildDefinition", "buildType")
            })
        },
    ),
    provenance(
        "provenance-without-workflow",
        "The provenance of a workflow does not name it.",
        "provenance-malformed",
        |request| {
            edit(request, |statement| {
                remove(
                    statement,
                    "/predicate/buildDefinition/externalParameters",
                    "workflow",
                )
            })
        },
    ),
    provenance(
        "provenance-source-user",
        "The source's host is the name of a user at another host.",
        "provenance-malformed",
        |request| {
            source(
                request,
                "git+https://git.slsa-sandbox.test%40evil.example/example/project@refs/tags/v1.2.3",
            )
        },
    ),
    provenance(
        "provenance-source-scheme",
        "The source is fetched without encryption.",
        "provenance-malformed",
        |request| {
            source(
                request,
                "git+http://git.slsa-sandbox.test/example/project@refs/tags/v1.2.3",
            )
        },
    ),
    provenance(
        "provenance-source-query",
        "The source's location has a query.",
        "provenance-malformed",
        |request| {
            source(
                request,
                "git+https://git.slsa-sandbox.test/example/project?x@refs/tags/v1.2.3",
            )
        },
    ),
    provenance(
        "provenance-source-path",
        "The source's location leads out of its repository.",
        "provenance-malformed",
        |request| {
            source(
                request,
                "git+https://git.slsa-sandbox.test/example/project/../../stranger/x@refs/tags/v1.2.3",
            )
        },
    ),
];

fn payload(request: &mut BundleRequest, text: &str) -> Result<(), SandboxError> {
    request.content = Content::statement(text);
    Ok(())
}

/// Changes the statement's text.
fn text(request: &mut BundleRequest, change: impl FnOnce(&str) -> String) -> Result<(), SandboxError> {
    let Content::Envelope { payload, .. } = &mut request.content else {
        return Err(SandboxError::Malformed { what: "envelope" });
    };
    *payload = change(&String::from_utf8_lossy(payload)).into_bytes();
    Ok(())
}

/// Changes the statement.
pub(super) fn edit(
    request: &mut BundleRequest,
    change: impl FnOnce(&mut Value) -> Result<(), SandboxError>,
) -> Result<(), SandboxError> {
    let Content::Envelope { payload, .. } = &mut request.content else {
        return Err(SandboxError::Malformed { what: "envelope" });
    };
    let mut statement = serde_json::from_slice(payload)?;
    change(&mut statement)?;
    *payload = sorted(statement).to_string().into_bytes();
    Ok(())
}

/// Names another location of the source.
fn source(request: &mut BundleRequest, location: &str) -> Result<(), SandboxError> {
    edit(request, |statement| {
        set(
            statement,
            "/predicate/buildDefinition/resolvedDependencies/0/uri",
            location,
        )
    })
}
