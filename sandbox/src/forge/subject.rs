//! Statements that their signer honestly signed, and whose subjects are not the artifact, or not in the one form.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Forgery;
use super::base::ARTIFACT;
use super::document::{insert, list, remove, set};
use super::statement::{MALFORMED, edit, request};

const MISMATCH: &str = "subject-mismatch";
const DIGEST: &str = "/subject/0/digest";
const SHA256: &str = "/subject/0/digest/sha256";

pub(super) const FORGERIES: &[Forgery] = &[
    request(
        "subject-other",
        "The statement is about another artifact.",
        MISMATCH,
        |request| {
            edit(request, |statement| {
                set(statement, SHA256, hex::encode(Sha256::digest("another artifact")))
            })
        },
    ),
    request(
        "subjects-missing",
        "The statement has no field for subjects.",
        MALFORMED,
        |request| edit(request, |statement| remove(statement, "", "subject")),
    ),
    request(
        "subjects-none",
        "The statement is about nothing.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, "/subject", json!([]))),
    ),
    request(
        "subjects-null",
        "In place of subjects there is null.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, "/subject", Value::Null)),
    ),
    request(
        "subjects-too-many",
        "The statement is about 1025 subjects, the artifact last.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                let other = json!({ "digest": { "own": "00" } });
                let subjects = list(statement, "/subject")?;
                subjects.splice(0..0, vec![other; 1024]);
                Ok(())
            })
        },
    ),
    request(
        "subject-null",
        "Beside the artifact the statement is about null.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                list(statement, "/subject")?.push(Value::Null);
                Ok(())
            })
        },
    ),
    request(
        "subject-without-digest",
        "The artifact is named, without a digest.",
        MALFORMED,
        |request| edit(request, |statement| remove(statement, "/subject/0", "digest")),
    ),
    request(
        "subject-digests-none",
        "The artifact's digests are none.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, DIGEST, json!({}))),
    ),
    request(
        "subject-digests-too-many",
        "The artifact has 33 digests.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                (0..32_u8).try_for_each(|number| insert(statement, DIGEST, &format!("own-{number}"), "00"))
            })
        },
    ),
    request(
        "subject-name-too-long",
        "The artifact's name has more than 4 KiB.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(statement, "/subject/0/name", "a".repeat(4097))
            })
        },
    ),
    request(
        "digest-empty",
        "The artifact's digest is empty.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, SHA256, "")),
    ),
    request(
        "digest-in-capitals",
        "The artifact's digest is written in capitals.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(statement, SHA256, hex::encode_upper(Sha256::digest(ARTIFACT)))
            })
        },
    ),
    request(
        "digest-odd",
        "The artifact's digest lacks its last digit.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                let short: String = hex::encode(Sha256::digest(ARTIFACT)).chars().take(63).collect();
                set(statement, SHA256, short)
            })
        },
    ),
    request(
        "digest-truncated",
        "The artifact's digest is its first 20 bytes.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                let short: String = hex::encode(Sha256::digest(ARTIFACT)).chars().take(40).collect();
                set(statement, SHA256, short)
            })
        },
    ),
    request(
        "digest-not-hex",
        "The artifact's digest is written in base64.",
        MALFORMED,
        |request| edit(request, |statement| set(statement, SHA256, "x".repeat(64))),
    ),
    request(
        "digest-under-other-name",
        "The artifact's SHA-256 is said to be the digest of a git commit.",
        MISMATCH,
        |request| {
            edit(request, |statement| {
                set(
                    statement,
                    DIGEST,
                    json!({ "gitCommit": hex::encode(Sha256::digest(ARTIFACT)) }),
                )
            })
        },
    ),
    request(
        "digest-under-longer-name",
        "The artifact's SHA-256 is said to be a SHA-512.",
        MALFORMED,
        |request| {
            edit(request, |statement| {
                set(
                    statement,
                    DIGEST,
                    json!({ "sha512": hex::encode(Sha256::digest(ARTIFACT)) }),
                )
            })
        },
    ),
    request(
        "digest-unknown",
        "The artifact's SHA-256 stands under a name that nobody knows.",
        MISMATCH,
        |request| {
            edit(request, |statement| {
                set(
                    statement,
                    DIGEST,
                    json!({ "sha-256": hex::encode(Sha256::digest(ARTIFACT)) }),
                )
            })
        },
    ),
    request(
        "digests-contradict",
        "The artifact's SHA-256 is right, its SHA-512 is another artifact's.",
        MISMATCH,
        |request| {
            edit(request, |statement| {
                insert(
                    statement,
                    DIGEST,
                    "sha512",
                    hex::encode(Sha512::digest("another artifact")),
                )
            })
        },
    ),
    request(
        "digests-of-two-artifacts",
        "One subject has the SHA-256 of another artifact, and the artifact's own SHA-384.",
        MISMATCH,
        |request| {
            edit(request, |statement| {
                set(
                    statement,
                    DIGEST,
                    json!({
                        "sha256": hex::encode(Sha256::digest("another artifact")),
                        "sha384": hex::encode(Sha384::digest(ARTIFACT)),
                    }),
                )
            })
        },
    ),
];
