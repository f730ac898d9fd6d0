//! More subjects than one statement may have.

use slsa_predicates::Subject;

/// Subjects of one statement: 1,024, as in sigstore-go and `actions/attest`. Verifiers refuse more.
pub const MAX_SUBJECTS_PER_STATEMENT: usize = 1024;

/// Splits subjects, in their order, into as few groups as fit into one statement each. None for none.
pub fn batches(subjects: Vec<Subject>) -> impl Iterator<Item = Vec<Subject>> {
    let mut rest = subjects.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<Subject> = rest.by_ref().take(MAX_SUBJECTS_PER_STATEMENT).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use slsa_predicates::Digest;

    use super::*;

    fn sizes(count: usize) -> Vec<usize> {
        let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
        let subjects: Vec<Subject> = (0..count)
            .map(|i| Subject::new(i.to_string(), digest.clone()))
            .collect();
        let batches: Vec<_> = batches(subjects.clone()).collect();
        assert_eq!(batches.concat(), subjects);
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn as_many_as_a_statement_holds_are_one_batch_and_one_more_are_two() {
        assert_eq!(sizes(1024), [1024]);
        assert_eq!(sizes(1025), [1024, 1]);
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(0), [0_usize; 0]);
    }
}
