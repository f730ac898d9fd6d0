//! Another implementation of Sigstore: installed once, and run as a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "tests"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// Another implementation.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The program and the scripts' ending.
    program: PathBuf,
    ending: &'static str,
    folder: PathBuf,
}

/// A peer that is installed when it is first asked for.
pub(crate) struct Installed {
    install: fn(&Path) -> Result<Peer, String>,
    peer: OnceLock<Option<Peer>>,
}

pub(crate) static PYTHON: Installed = Installed::by(python);
pub(crate) static JS: Installed = Installed::by(js);

/// The releases of November 2026. A later one may want other things of a sandbox.
const PYTHON_PACKAGES: [&str; 1] = ["sigstore==4.5.1"];
const JS_PACKAGES: [&str; 4] = [
    "@sigstore/bundle@5.0.1",
    "@sigstore/protobuf-specs@0.5.2",
    "@sigstore/sign@5.1.0",
    "@sigstore/verify@4.1.3",
];

impl Installed {
    const fn by(install: fn(&Path) -> Result<Peer, String>) -> Self {
        Self {
            install,
            peer: OnceLock::new(),
        }
    }

    /// Returns the peer, or `None` where it cannot be had, which it says aloud.
    pub(crate) fn get(&self) -> Option<&Peer> {
        let install = || match (self.install)(&cache()) {
            Ok(peer) => Some(peer),
            Err(reason) => {
                assert!(std::env::var_os("SLSA_INTEROP_REQUIRED").is_none(), "{reason}");
                eprintln!("skipped: {reason}");
                None
            }
        };
        self.peer.get_or_init(install).as_ref()
    }
}

impl Peer {
    /// Runs one of the scripts on a task, and returns its answer.
    pub(crate) fn run(&self, script: &str, task: &Value) -> Value {
        let script = format!(
            "{}/tests/interop/{script}.{}",
            env!("CARGO_MANIFEST_DIR"),
            self.ending
        );
        let mut process = Command::new(&self.program)
            .arg(&script)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let task = task.to_string();
        process.stdin.take().unwrap().write_all(task.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{script}: {}", output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn cache() -> PathBuf {
    std::env::var_os("SLSA_INTEROP_CACHE").map_or_else(
        || {
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .parent()
                .unwrap()
                .join("interop")
        },
        PathBuf::from,
    )
}

fn python(cache: &Path) -> Result<Peer, String> {
    let folder = cache.join("python").join(PYTHON_PACKAGES.join("+"));
    let program = folder.join("bin/python");
    let peer = Peer {
        name: "sigstore-python",
        program,
        ending: "py",
        folder,
    };
    once(&peer, |folder| {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(folder.join("bin/python"))
            .args(pip)
            .args(["--retries", "1", "--timeout", "20"])
            .args(PYTHON_PACKAGES))
    })?;
    // An interpreter that is too old is found here.
    run(Command::new(&peer.program).args(["-c", "import sigstore.sign, sigstore.verify"]))?;
    Ok(peer)
}

fn js(cache: &Path) -> Result<Peer, String> {
    let folder = cache.join("js").join(JS_PACKAGES.join("+").replace('/', "_"));
    let peer = Peer {
        name: "sigstore-js",
        program: "node".into(),
        ending: "mjs",
        folder,
    };
    once(&peer, |folder| {
        fs::write(folder.join("package.json"), r#"{ "private": true }"#)
            .map_err(|error| error.to_string())?;
        run(Command::new("npm")
            .args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .args(["--fetch-retries=1", "--fetch-timeout=20000"])
            .args(JS_PACKAGES)
            .current_dir(folder))
    })?;
    let load = "require('@sigstore/sign'); require('@sigstore/verify')";
    run(Command::new("node").args(["-e", load]).current_dir(&peer.folder))?;
    Ok(peer)
}

/// Installs what is not there yet. A file beside the folder says that it was finished.
fn once(peer: &Peer, install: impl Fn(&Path) -> Result<(), String>) -> Result<(), String> {
    let finished = peer.folder.with_file_name("installed");
    let failed = |error: std::io::Error| format!("{}: {error}", peer.folder.display());
    let wanted = peer.folder.to_string_lossy().into_owned();
    if fs::read_to_string(&finished).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&peer.folder).map_err(failed)?;
    install(&peer.folder)?;
    fs::write(&finished, wanted).map_err(failed)
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
