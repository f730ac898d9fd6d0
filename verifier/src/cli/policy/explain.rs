//! Says in words what a policy demands.

use std::io::{self, Write};

use crate::cli::shown::Shown;
use crate::policy::{Policy, TrustedRootName};

pub(super) fn run(policy: &Policy, stdout: &mut dyn Write) -> io::Result<()> {
    let roots: Vec<String> = policy
        .roots
        .iter()
        .map(|root| match root {
            TrustedRootName::Embedded(root) => root.domain().as_str().to_owned(),
            TrustedRootName::File(path) => format!("the file {path}"),
        })
        .collect();
    if roots.is_empty() {
        writeln!(
            stdout,
            "Trusts the roots that the call names, or those that are built in."
        )?;
    } else {
        writeln!(stdout, "Trusts the roots {}.", Shown(&roots.join(", ")))?;
    }
    writeln!(stdout, "Trusts {} builders:", policy.builders.rows().len())?;
    for row in policy.builders.rows() {
        let refs: Vec<String> = row.refs.iter().map(ToString::to_string).collect();
        let at = if refs.is_empty() {
            String::new()
        } else {
            format!(" at {}", refs.join(", "))
        };
        writeln!(
            stdout,
            "  level {}  {}{}",
            row.level.get(),
            Shown(&row.name),
            Shown(&at)
        )?;
    }
    for rule in &policy.rules {
        writeln!(
            stdout,
            "\nFor {} ({}), all of:",
            Shown(&rule.describe()),
            Shown(&rule.name)
        )?;
        for requirement in &rule.requirements {
            let needed = requirement.quantifier.needed();
            let count = if needed == 1 {
                "one attestation".to_owned()
            } else {
                format!("{needed} different attestations")
            };
            writeln!(stdout, "  {count} of {}, with", Shown(&requirement.name))?;
            for line in requirement.describe() {
                writeln!(stdout, "    - {}", Shown(&line))?;
            }
        }
    }
    writeln!(stdout, "\nAn artifact for which there is no rule is refused.")
}
