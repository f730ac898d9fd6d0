//! How much a statement may cost.

use crate::digest::MAX_DIGESTS;
use crate::json::JsonLimits;

/// Limits on a statement that an adversary may have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementLimits {
    /// Limits on the whole document.
    pub json: JsonLimits,
    /// How many subjects there may be. Default 1024, what actions/attest and sigstore-go allow.
    pub subjects: usize,
    /// How many digests a subject may have. Default 32, as sigstore-go; [`MAX_DIGESTS`] holds in any case.
    pub digests: usize,
    /// How many bytes a subject's name may have. Default 4096, the longest path of common systems.
    pub name_bytes: usize,
    /// How many JSON values all subjects may have together, for annotations become values, which take up to
    /// 500 bytes each. Default 50 000: 1024 subjects with name and 32 digests have 35 841.
    pub subject_values: usize,
    /// How many JSON values a predicate may have that is parsed into types, since each takes up to 350 bytes.
    /// Opaque ones, such as bills of materials, are not counted. Default 100 000.
    pub predicate_values: usize,
}

impl Default for StatementLimits {
    fn default() -> Self {
        Self {
            json: JsonLimits::default(),
            subjects: 1024,
            digests: MAX_DIGESTS,
            name_bytes: 4096,
            subject_values: 50_000,
            predicate_values: 100_000,
        }
    }
}
