//! The guides: each policy in them is read, and their cases are run with `slsa-verify policy test`, on real
//! attestations.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use slsa_verifier::Policy;
use support::program::run;

/// A block of YAML in a guide, with what stands behind `yaml` on its first line.
struct Block {
    info: String,
    text: String,
}

fn blocks(guide: &Path) -> Vec<Block> {
    let text = String::from_utf8(support::read(guide)).unwrap();
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```yaml") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push(Block {
            info: info.trim().to_owned(),
            text: body.join("\n") + "\n",
        });
    }
    found
}

fn guides() -> Vec<PathBuf> {
    let mut guides = Vec::new();
    support::files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides"),
        &mut guides,
    );
    guides.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    guides
}

#[test]
fn each_policy_in_the_guides_can_be_read_and_follows_the_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/policy.v1.schema.json");
    let schema: Value = serde_json::from_slice(&support::read(&schema)).unwrap();
    let mut policies = 0;
    for guide in guides() {
        for block in blocks(&guide) {
            // Workflows and the like are written as `yml`.
            if block.info == "cases" {
                continue;
            }
            assert!(
                block.info.starts_with("policy="),
                "{}: {}",
                guide.display(),
                block.info
            );
            Policy::read(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.info));
            let value: Value = serde_saphyr::from_str(&block.text).unwrap();
            assert!(jsonschema::is_valid(&schema, &value), "{}", block.info);
            policies += 1;
        }
    }
    assert!(policies >= 6, "{policies}");
}

#[test]
fn the_cases_in_the_guide_come_out_as_it_says() {
    let (Some(slsa), Some(github)) = (support::corpus("slsa-verifier"), support::corpus("github-cli")) else {
        return;
    };
    let desk = tempfile::tempdir().unwrap();
    let put = |from: PathBuf, to: &str| std::fs::copy(from, desk.path().join(to)).unwrap();
    let release = "gha_generic/v2.1.0/binary-linux-amd64-push-v14.2";
    put(slsa.join(release), "tool");
    put(slsa.join(format!("{release}.intoto.jsonl")), "tool.intoto.jsonl");
    std::fs::write(desk.path().join("tool-changed.tar.gz"), "changed").unwrap();
    std::fs::write(desk.path().join("other"), "other").unwrap();
    put(github.join("reusable-workflow-artifact"), "wheel.whl");
    put(
        github.join("reusable-workflow-attestation.sigstore.json"),
        "wheel.sigstore.json",
    );
    let wheel = "github_provenance_demo-0.0.12-py3-none-any";
    put(github.join(format!("{wheel}.whl")), "private.whl");
    put(github.join(format!("{wheel}-bundle.jsonl")), "private.jsonl");
    put(
        slsa.join("npm/gha/supreme-googles-cli-v02-tag.tgz"),
        "package.tgz",
    );
    put(
        slsa.join("npm/gha/supreme-googles-cli-v02-tag.tgz.json"),
        "attestations.json",
    );
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/policy.md");
    for block in blocks(&guide) {
        let name = block.info.strip_prefix("policy=").unwrap_or("cases.yaml");
        std::fs::write(desk.path().join(name), &block.text).unwrap();
    }
    let run = run(desk.path(), &["policy", "test", "."]);
    assert_eq!(run.exit, 0, "{}{}", run.stdout, run.stderr);
    let stdout = run.stdout;
    assert!(stdout.ends_with("8 of 8 cases as expected\n"), "{stdout}");
}
