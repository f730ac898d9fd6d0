//! slsa-verifier's own table of cases, row by row: what it accepts we accept, what it refuses we refuse, and for
//! the same reason. Rows that it decides with the help of a network, we say we cannot decide.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

#[path = "support/rows.rs"]
mod rows;
mod support;

use std::collections::BTreeMap;

use slsa_verifier::Code;

#[test]
fn every_row_is_decided_as_slsa_verifier_decides_it_and_for_the_same_reason() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifiers = rows::Verifiers::new(&corpus);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows::read(&corpus) {
        let outcome = verifiers.decide(&corpus, &row);
        let fits = match (&outcome, row.expected()) {
            (Err(Code::NoSigningTime), _) if row.needs_network => true,
            (Ok(()), None) => !row.needs_network,
            (Err(code), Some(error)) => !row.needs_network && rows::codes_of(&error).contains(code),
            _ => false,
        };
        let shown = outcome
            .as_ref()
            .map_or_else(|code| code.to_string(), |()| "accepted".to_owned());
        *counts.entry(format!("{} {shown}", row.command)).or_default() += 1;
        if !fits {
            wrong.push(format!(
                "{} {:?} {:?}: {shown} {}",
                row.id,
                row.expected(),
                row.args,
                row.provenance.as_deref().unwrap_or_default()
            ));
        }
    }
    eprintln!("{counts:#?}");
    let shown: Vec<&String> = wrong.iter().take(30).collect();
    assert!(wrong.is_empty(), "{} rows: {shown:#?}", wrong.len());
}
