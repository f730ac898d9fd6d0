//! Our own workflows as builders: what the attestor signs in each of them has the level of the built-in table, and what
//! anybody else signs has not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use slsa_sandbox::{Run, Server, ServerOptions};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const WORKFLOW: &str = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";
const COMMIT: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The name of this repository, as the actions have it.
fn repository() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../actions/repository.txt");
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

/// The reusable workflows that sign, and what the provenance of each says beside what every provenance says.
fn workflows() -> [(&'static str, Option<(&'static str, &'static str)>); 5] {
    [
        ("generic", None),
        ("container", None),
        (
            "npm",
            Some((
                "npm-package",
                r#"{"directory": ".", "nodeVersion": "22", "runScripts": ["build"]}"#,
            )),
        ),
        (
            "container-based",
            Some((
                "container-based",
                r#"{"builderImage": {"uri": "docker.io/library/rust"}, "command": ["make"], "artifacts": "dist"}"#,
            )),
        ),
        (
            "delegator",
            Some((
                "delegated",
                r#"{"tool": {"uri": "git+https://github.com/author/archive"}, "action": "build", "toolInputs": {}}"#,
            )),
        ),
    ]
}

fn build_type_of(built: Option<(&str, &str)>) -> String {
    match built {
        None => WORKFLOW.to_owned(),
        Some((name, _)) => format!(
            "https://github.com/{}/blob/main/docs/reference/buildtypes/{name}-v1.md",
            repository()
        ),
    }
}

/// A policy that believes a builder at a commit.
fn policy(builder: &str, build_type: String) -> String {
    format!(
        "version: 1
builders:
  add:
    - name: pinned
      kind: reusable-workflow
      issuer: {ISSUER}
      signer: {builder}
      refs: [commit {COMMIT}]
      build-types: [{build_type}]
      level: 3
rules:
  - name: all
    match: {{ artifact: [artifact] }}
    require:
      - provenance: {{ source: github.com/example/project, level: 3 }}
"
    )
}

/// A folder with an artifact, and a sandbox that stands in for GitHub's issuer.
struct Desk {
    directory: tempfile::TempDir,
    sandbox: Server,
}

impl Desk {
    /// `signer` is the reusable workflow that signs, with its ref, if one does.
    fn new(signer: Option<&str>) -> Self {
        let mut description = "server-url: https://github.com\nrepository: example/project\n\
                               ref: refs/tags/v1.2.3\n"
            .to_owned();
        if let Some(workflow) = signer {
            description += &format!("reusable-workflow:\n  workflow: {workflow}\n  sha: {COMMIT}\n");
        }
        let mut options = ServerOptions::default();
        options.run = Run::parse(&description).unwrap();
        options.issuer = Some(ISSUER.to_owned());
        let desk = Self {
            directory: tempfile::tempdir().unwrap(),
            sandbox: Server::start(options).unwrap(),
        };
        desk.sandbox.write_files(desk.directory.path()).unwrap();
        std::fs::write(desk.path("artifact"), "an artifact").unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Attests the artifact, as the signing job does, and answers the exit code and what was said.
    fn attest(&self, further: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_slsa-attest"))
            .args(["provenance", "artifact", "--output=bundle.json", "--overwrite"])
            .args(["--issuer", ISSUER, "--issuer-at", self.sandbox.issuer().address()])
            .args([
                "--server-url=https://github.com",
                "--signing-config=signing_config.json",
            ])
            .arg("--trusted-root=trusted_root.json")
            .args(further)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.sandbox.environment())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// Verifies with the built-in table of builders, and answers the exit code and what was said.
    fn verify(&self, further: &[&str]) -> (u8, String) {
        self.verify_with(&[&["--source-uri=github.com/example/project"], further].concat())
    }

    fn verify_with(&self, further: &[&str]) -> (u8, String) {
        let file = |name: &str| self.path(name).into_os_string();
        let mut arguments: Vec<OsString> = ["slsa-verify", "artifact"].map(Into::into).to_vec();
        arguments.extend([file("artifact"), "--bundle".into(), file("bundle.json")]);
        arguments.extend(["--trusted-root".into(), file("trusted_root.json")]);
        arguments.extend(further.iter().map(Into::into));
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let exit = slsa_verifier::cli::call(arguments, &mut stdout, &mut stderr);
        stdout.extend(stderr);
        (exit, String::from_utf8(stdout).unwrap())
    }
}

#[test]
fn each_reusable_workflow_of_ours_is_believed_at_level_3_from_a_release_tag_or_a_named_commit() {
    for (name, built) in workflows() {
        let workflow = format!("{}/.github/workflows/{name}.yml", repository());
        let builder = format!("https://github.com/{workflow}");
        for git_ref in ["refs/tags/v1.2.3", COMMIT] {
            let desk = Desk::new(Some(&format!("{workflow}@{git_ref}")));
            let signer = format!("--signer-workflow={workflow}");
            let mut arguments = vec!["--isolated", signer.as_str()];
            let build_type = format!("--build-type={}", build_type_of(built));
            if let Some((_, parameters)) = built {
                std::fs::write(desk.path("parameters.json"), parameters).unwrap();
                arguments.extend([build_type.as_str(), "--parameters=parameters.json"]);
            }
            let (exit, told) = desk.attest(&arguments);
            assert_eq!(exit, Some(0), "{name}: {told}");

            let (exit, told) = desk.verify(&["--min-level=3"]);
            let pinned = format!("{builder}@{COMMIT}");
            if git_ref != COMMIT {
                assert_eq!(exit, 0, "{name}: {told}");
                assert_eq!(desk.verify(&["--builder-id", &pinned]).0, 0);
                continue;
            }
            // Which commits are good the caller must say: anybody's fork has commits under this repository's name.
            assert_eq!(exit, 11, "{name}: {told}");
            assert!(told.contains("builder-ref"), "{name}: {told}");
            let (exit, told) = desk.verify(&["--min-level=1", "--builder-id", &pinned]);
            assert_eq!(exit, 0, "{name}: {told}");
            std::fs::write(desk.path("policy.yaml"), policy(&builder, build_type_of(built))).unwrap();
            let policy = desk.path("policy.yaml");
            let (exit, told) = desk.verify_with(&["--policy", policy.to_str().unwrap()]);
            assert_eq!(exit, 0, "{name}: {told}");
        }
    }
}

#[test]
fn the_step_in_the_callers_own_job_is_believed_at_level_2() {
    let desk = Desk::new(None);
    let (exit, told) = desk.attest(&[]);
    assert_eq!(exit, Some(0), "{told}");
    let (exit, told) = desk.verify(&["--min-level=2"]);
    assert_eq!(exit, 0, "{told}");
    let (exit, told) = desk.verify(&["--min-level=3"]);
    assert_eq!(exit, 11, "{told}");
    assert!(told.contains("level-too-low"), "{told}");
}

#[test]
fn a_copy_of_a_workflow_and_a_branch_of_ours_are_not_believed() {
    let generic = format!("{}/.github/workflows/generic.yml", repository());
    for (signer, code) in [
        (
            "attacker/slsa/.github/workflows/generic.yml@refs/tags/v1.2.3",
            "builder-untrusted",
        ),
        (&format!("{generic}@refs/heads/main"), "builder-ref"),
        (&format!("{generic}@refs/tags/v1.2.3-rc.1"), "builder-ref"),
        (
            &generic
                .replace("generic", "release")
                .replace(".yml", ".yml@refs/tags/v1.2.3"),
            "builder-untrusted",
        ),
    ] {
        let desk = Desk::new(Some(signer));
        let (exit, told) = desk.attest(&["--isolated"]);
        assert_eq!(exit, Some(0), "{signer}: {told}");
        let (exit, told) = desk.verify(&[]);
        assert_eq!(exit, 11, "{signer}: {told}");
        assert!(told.contains(code), "{signer}: {told}");
        // Our attestor does not sign in it in the first place.
        let (exit, told) = desk.attest(&["--isolated", &format!("--signer-workflow={generic}")]);
        assert_eq!(exit, Some(11), "{signer}: {told}");
    }
}

#[test]
fn parameters_of_a_build_need_a_build_type_that_knows_them() {
    let workflow = format!("{}/.github/workflows/container-based.yml", repository());
    let desk = Desk::new(Some(&format!("{workflow}@refs/tags/v1.2.3")));
    std::fs::write(
        desk.path("parameters.json"),
        r#"{"builderImage": {}, "network": true}"#,
    )
    .unwrap();
    let build_type = format!("--build-type={}", build_type_of(workflows()[3].1));
    let (exit, told) = desk.attest(&["--isolated", &build_type, "--parameters=parameters.json"]);
    assert_eq!(exit, Some(0), "{told}");
    let (exit, told) = desk.verify(&[]);
    assert_eq!(exit, 11, "{told}");
    assert!(told.contains("parameter-unknown"), "{told}");

    // The build type of generic.yml is not that of container-based.yml, whose image it does not tell.
    let (exit, told) = desk.attest(&["--isolated"]);
    assert_eq!(exit, Some(0), "{told}");
    let (exit, told) = desk.verify(&[]);
    assert_eq!(exit, 11, "{told}");
    assert!(told.contains("build-type"), "{told}");

    // Nor is a parameter masked in silence.
    let (exit, told) = desk.attest(&[
        "--isolated",
        &build_type,
        "--parameters=parameters.json",
        "--mask=network",
    ]);
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.contains("network is a parameter of the build"), "{told}");

    let (exit, told) = desk.attest(&[&build_type, "--parameters=parameters.json"]);
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.contains("--isolated"), "{told}");
}

#[test]
fn each_reusable_workflow_that_signs_has_its_row_and_each_row_its_workflow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut signing = BTreeSet::new();
    for entry in std::fs::read_dir(root.join(".github/workflows")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("workflow_call:") && text.contains("SIGNER_WORKFLOW") {
            signing.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    let table = std::fs::read_to_string(root.join("verifier/src/builder/default.yaml")).unwrap();
    let prefix = format!("signer: https://github.com/{}/.github/workflows/", repository());
    let listed: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.trim().strip_prefix(&prefix)?.to_owned()))
        .collect();
    assert_eq!(listed, signing);
    let ours: BTreeSet<String> = workflows()
        .iter()
        .map(|(name, _)| format!("{name}.yml"))
        .collect();
    assert_eq!(listed, ours);
}
