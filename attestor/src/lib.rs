//! Writes and signs SLSA provenance and other in-toto attestations.
//!
//! ```text
//! environment ─ Context ─→ claims of a verified token
//! files, digests ─ Subjects ─→ names and digests          ─→ Statement ─ Signer ─→ Bundle ─ verified ─→ Store
//! ```

mod claims;
mod runner;
mod store;
mod subjects;

pub use claims::{Claims, GitHubClaims, GitLabClaims};
pub use runner::{
    Delimiter, MAX_KEY_BYTES, MAX_OUTPUT_BYTES, MAX_SUMMARY_BYTES, RunnerError, Source, StepSummary,
    append_outputs, mask,
};
pub use store::{
    BundleName, LinesError, MAX_FILE_NAME_BYTES, MAX_LINES_BYTES, Overwrite, StoreError, json_lines,
    write_atomically,
};
pub use subjects::{
    Checksum, ChecksumsError, ImageFault, LayoutFault, LineFault, MAX_CHECKSUMS_BASE64_BYTES,
    MAX_CHECKSUMS_BYTES, MAX_CHECKSUMS_LINES, MAX_ENTRIES, MAX_LAYOUT_MANIFESTS, MAX_NAME_ACROSS_JOBS,
    MAX_NAME_BYTES, MAX_SUBJECTS, MAX_SUBJECTS_PER_STATEMENT, NameFault, OpenFault, Origin, Progress,
    SubjectNames, SubjectOptions, SubjectSource, SubjectsError, batches, collect,
};
