//! Adding to a file that the runner made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::error::RunnerError;

/// Adds a text, beginning on a line of its own: what an earlier program left without a line's end must not swallow
/// its first line. `max` is for the whole file.
pub(super) fn append(path: &Path, text: &str, max: Option<u64>) -> Result<(), RunnerError> {
    let io = |error: io::Error| RunnerError::Io {
        path: path.to_owned(),
        kind: error.kind(),
    };
    // The runner makes these files. What is not there is not made, and a link is not followed.
    if !fs::symlink_metadata(path).map_err(io)?.is_file() {
        return Err(RunnerError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(path)
        .map_err(io)?;
    let before = file.metadata().map_err(io)?.len();
    let gap = if ends_line(&mut file, before).map_err(io)? {
        ""
    } else {
        "\n"
    };
    let bytes = [gap, text].concat();
    let added = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let found = before.saturating_add(added);
    if let Some(max) = max.filter(|max| found > *max) {
        return Err(RunnerError::TooLarge { found, max });
    }
    file.write_all(bytes.as_bytes()).map_err(io)
}

fn ends_line(file: &mut File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else {
        return Ok(true);
    };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    file.read_exact(&mut byte)?;
    Ok(byte == *b"\n")
}
