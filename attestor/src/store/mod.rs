//! Where results go.
//!
//! - `files`: a file that is there whole or not at all
//! - `name`: what a bundle's file is called, whatever the artifact is called
//! - `lines`: several bundles in one file
//! - `github`: GitHub's attestations API

mod files;
mod github;
mod lines;
mod name;

pub use files::{Overwrite, StoreError, write_atomically};
pub use github::{GitHubStore, GitHubStoreError};
pub use lines::{LinesError, MAX_LINES_BYTES, json_lines};
pub use name::{BundleName, MAX_FILE_NAME_BYTES};
