//! What was stored, in memory.

use serde_json::Value;
use slsa_predicates::Digest;

use super::bundle::{self, NotABundle};

/// Bytes of all bundles together: 256 MiB, thousands of real ones.
const MAX_BYTES: usize = 256 << 20;

/// Why a bundle is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is none.
    #[error(transparent)]
    NotABundle(#[from] NotABundle),
    /// The store is full.
    #[error("the store would have {found} bytes, at most {MAX_BYTES} are allowed")]
    Full {
        /// How many bytes it would have.
        found: usize,
    },
}

/// All attestations, oldest first.
#[derive(Default)]
pub(super) struct Store {
    attestations: Vec<Attestation>,
    bytes: usize,
}

/// A stored bundle.
pub(super) struct Attestation {
    /// Counted from 1.
    pub(super) id: u64,
    /// `owner/name`, as it was written when the bundle was stored.
    pub(super) repository: String,
    pub(super) bundle: Value,
    subjects: Vec<Digest>,
    predicate_type: String,
}

/// Whose attestations are looked for.
pub(super) enum Owner {
    /// Those of this repository.
    OfOne(String),
    /// Those of all repositories that this organisation or person owns.
    OfAll(String),
}

/// Which attestations are looked for.
pub(super) struct Filter {
    pub(super) owner: Owner,
    pub(super) digest: Digest,
    /// A predicate's type, or one of GitHub's short names for families of them.
    pub(super) predicate_type: Option<String>,
    /// Whether to give those of all other digests instead: what a client must not believe.
    pub(super) other_digests: bool,
}

impl Store {
    pub(super) fn insert(&mut self, repository: &str, bundle: Value) -> Result<u64, StoreError> {
        let contents = bundle::contents(&bundle)?;
        let found = self.bytes.saturating_add(bundle.to_string().len());
        if found > MAX_BYTES {
            return Err(StoreError::Full { found });
        }
        self.bytes = found;
        let count = u64::try_from(self.attestations.len()).unwrap_or(u64::MAX);
        let id = count.saturating_add(1);
        self.attestations.push(Attestation {
            id,
            repository: repository.to_owned(),
            bundle,
            subjects: contents.subjects,
            predicate_type: contents.predicate_type,
        });
        Ok(id)
    }

    /// Returns what is looked for, newest first.
    pub(super) fn find(&self, filter: &Filter) -> Vec<&Attestation> {
        let found = self.attestations.iter().rev();
        found.filter(|attestation| attestation.matches(filter)).collect()
    }

    pub(super) fn bundle(&self, id: u64) -> Option<Value> {
        let mut all = self.attestations.iter();
        all.find(|attestation| attestation.id == id)
            .map(|attestation| attestation.bundle.clone())
    }
}

impl Attestation {
    fn matches(&self, filter: &Filter) -> bool {
        // GitHub takes names of owners and repositories in any case.
        let owned = match &filter.owner {
            Owner::OfOne(repository) => self.repository.eq_ignore_ascii_case(repository),
            Owner::OfAll(owner) => {
                let owns = self.repository.split_once('/');
                owns.is_some_and(|(found, _)| found.eq_ignore_ascii_case(owner))
            }
        };
        owned
            && self.subjects.contains(&filter.digest) != filter.other_digests
            && filter
                .predicate_type
                .as_ref()
                .is_none_or(|wanted| self.is_of_type(wanted))
    }

    fn is_of_type(&self, wanted: &str) -> bool {
        let begins = |prefixes: &[&str]| {
            prefixes
                .iter()
                .any(|prefix| self.predicate_type.starts_with(prefix))
        };
        match wanted {
            "provenance" => begins(&["https://slsa.dev/provenance/"]),
            "sbom" => begins(&["https://spdx.dev/Document", "https://cyclonedx.org/bom"]),
            "release" => begins(&["https://in-toto.io/attestation/release/"]),
            exact => self.predicate_type == exact,
        }
    }
}
