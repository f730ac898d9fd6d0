//! The commands around policies, as their users call them: on real attestations, and on statements that the test
//! signs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use slsa_verifier::predicates::{Predicate, Statement, StatementLimits};
use support::keyed;
use support::program::{run, run_with};

const FILE: &str = "gha_generic/v2.1.0/binary-linux-amd64-push-v14.2";
const SOURCE: &str = "github.com/slsa-framework/example-package";

/// A folder with a release: a file, its attestation beside it, and another file.
fn desk() -> Option<tempfile::TempDir> {
    let corpus = support::corpus("slsa-verifier")?;
    let desk = tempfile::tempdir().unwrap();
    let copy = |from: String, to: &str| std::fs::copy(corpus.join(from), desk.path().join(to)).unwrap();
    copy(FILE.to_owned(), "tool");
    copy(format!("{FILE}.intoto.jsonl"), "tool.intoto.jsonl");
    std::fs::write(desk.path().join("other"), "other").unwrap();
    Some(desk)
}

fn sha256(file: &Path) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &support::read(file));
    hex::encode(digest.as_ref())
}

#[test]
fn expectations_accept_the_release_and_refuse_another_with_the_code_of_what_differs() {
    let Some(desk) = desk() else { return };
    let with = |flags: &[&str]| {
        run(
            desk.path(),
            &[&["artifact", "tool", "--source-uri", SOURCE], flags].concat(),
        )
    };
    for met in [
        &[][..],
        &["--source-tag", "v14.2", "--min-level", "3"],
        &["--source-versioned-tag", "v14", "--event", "push"],
    ] {
        let run = with(met);
        assert_eq!(run.exit, 0, "{met:?}: {}", run.stdout);
        assert!(
            run.stdout
                .contains("level        3 (slsa-github-generator-generic)"),
            "{}",
            run.stdout
        );
    }
    for (twin, code) in [
        (&["--source-tag", "v14.1"][..], "tag-mismatch"),
        (&["--source-branch", "release"], "branch-mismatch"),
        (&["--event", "release"], "event-mismatch"),
        (&["--build-workflow-input", "a=b"], "input-mismatch"),
        (
            &["--builder-id", "https://github.com/o/r/.github/workflows/b.yml"],
            "builder-mismatch",
        ),
    ] {
        let run = with(twin);
        assert_eq!(run.exit, 11, "{twin:?}");
        assert!(
            run.stdout.contains(&format!("{code}: ")),
            "{twin:?}: {}",
            run.stdout
        );
        assert!(run.stderr.contains("hint: "), "{twin:?}");
    }
    for usage in [
        &["--min-level", "4"][..],
        &["--source-versioned-tag", "14"],
        &["--builder-id", "builder"],
        &["--build-workflow-input", "a"],
        &["--policy", "p.yaml"],
    ] {
        assert_ne!(with(usage).exit, 0, "{usage:?}");
    }
}

#[test]
fn a_policy_is_made_from_an_attestation_and_then_accepts_it_and_nothing_else() {
    let Some(desk) = desk() else { return };
    let made = run(
        desk.path(),
        &["policy", "init", "--from", "tool.intoto.jsonl", "tool"],
    );
    assert_eq!(made.exit, 0, "{}", made.stderr);
    std::fs::write(desk.path().join("policy.yaml"), &made.stdout).unwrap();
    assert_eq!(
        run(desk.path(), &["policy", "check", "policy.yaml"]).stdout,
        "ok policy.yaml (1 rules)\n"
    );
    let explained = run(desk.path(), &["policy", "explain", "policy.yaml"]);
    assert!(
        explained.stdout.contains("    - from the tag v14.2\n"),
        "{}",
        explained.stdout
    );
    let verify = |file: &str| {
        run(
            desk.path(),
            &[
                "artifact",
                file,
                "--bundle",
                "tool.intoto.jsonl",
                "--policy",
                "policy.yaml",
            ],
        )
    };
    assert_eq!(verify("tool").exit, 0, "{}", verify("tool").stdout);
    assert!(
        verify("other").stdout.contains("no-rule"),
        "{}",
        verify("other").stdout
    );
    assert_eq!(verify("other").exit, 11);
    let refused = run(
        desk.path(),
        &["policy", "init", "--from", "tool.intoto.jsonl", "other"],
    );
    assert_eq!((refused.exit, refused.stdout.as_str()), (10, ""));
}

#[test]
fn the_cases_of_a_policy_are_run_and_a_failure_shows_both_sides() {
    let Some(desk) = desk() else { return };
    let policy = format!(
        "version: 1\nrules:\n  - name: release\n    match: {{artifact: [tool]}}\n    require:\n      - provenance: {{source: {SOURCE}, tag: v14.2}}\n"
    );
    std::fs::write(desk.path().join("policy.yaml"), &policy).unwrap();
    let case = |name: &str, artifact: &str, expect: &str| {
        format!(
            "  - {{name: {name}, policy: policy.yaml, artifact: {artifact}, attestations: [tool.intoto.jsonl], expect: {expect}}}\n"
        )
    };
    let cases = |list: &[String]| {
        let text = format!("version: 1\ncases:\n{}", list.concat());
        std::fs::write(desk.path().join("cases.yaml"), text).unwrap();
        run(desk.path(), &["policy", "test", "."])
    };
    let good = cases(&[
        case("release", "tool", "accepted"),
        case("foreign", "other", "no-rule"),
    ]);
    assert_eq!(
        (good.exit, good.stdout.as_str()),
        (0, "ok   release\nok   foreign\n2 of 2 cases as expected\n")
    );
    let bad = cases(&[case("release", "tool", "tag-mismatch")]);
    assert_eq!(bad.exit, 11);
    assert!(
        bad.stdout
            .starts_with("FAIL release\n  - tag-mismatch\n  + accepted\n"),
        "{}",
        bad.stdout
    );
}

#[test]
fn a_list_of_checksums_and_a_folder_stand_for_their_files() {
    let Some(desk) = desk() else { return };
    let path = desk.path();
    let list = |tool: &str| {
        let line = format!("{tool}  tool\n");
        std::fs::write(path.join("SHA256SUMS"), line).unwrap();
        run(
            path,
            &[
                "artifact",
                "--checksums",
                "SHA256SUMS",
                "--bundle",
                "tool.intoto.jsonl",
                "--source-uri",
                SOURCE,
            ],
        )
    };
    let digest = sha256(&path.join("tool"));
    assert_eq!(list(&digest).exit, 0);
    assert_ne!(list(&"0".repeat(64)).exit, 0);
    assert_eq!(list("x").exit, 2);
    let folder = run(
        path,
        &[
            "artifact",
            ".",
            "--bundle",
            "tool.intoto.jsonl",
            "--source-uri",
            SOURCE,
        ],
    );
    assert_eq!(folder.exit, 10);
    assert!(folder.stdout.ends_with("accepted\n"), "{}", folder.stdout);
    let brief = "ACCEPTED ./tool  level 3 by https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0\n";
    assert!(folder.stdout.contains(brief), "{}", folder.stdout);
    assert!(folder.stdout.contains("REFUSED ./other\n"), "{}", folder.stdout);
}

#[test]
fn each_form_of_the_answer_follows_its_own_format() {
    let Some(desk) = desk() else { return };
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/verify-output.v1.schema.json");
    let schema: Value = serde_json::from_slice(&support::read(&schema)).unwrap();
    let as_form = |file: &str, form: &str| {
        run(
            desk.path(),
            &[
                "artifact",
                file,
                "--bundle",
                "tool.intoto.jsonl",
                "--source-uri",
                SOURCE,
                "--format",
                form,
            ],
        )
    };
    for (file, exit) in [("tool", 0), ("other", 10)] {
        let json = as_form(file, "json");
        let report: Value = serde_json::from_str(&json.stdout).unwrap();
        assert!(jsonschema::is_valid(&schema, &report), "{}", json.stdout);
        assert_eq!((json.exit, json.stderr.as_str()), (exit, ""));
        let sarif: Value = serde_json::from_str(&as_form(file, "sarif").stdout).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), usize::from(exit != 0));
        let markdown = as_form(file, "markdown").stdout;
        assert_eq!(markdown.contains("✅ accepted"), exit == 0, "{markdown}");
    }
}

#[test]
fn a_verdict_is_written_as_a_summary_that_the_vsa_command_believes_once_it_is_signed() {
    let Some(desk) = desk() else { return };
    let path = desk.path();
    let verdict = |file: &str| {
        run(
            path,
            &[
                "artifact",
                file,
                "--bundle",
                "tool.intoto.jsonl",
                "--source-uri",
                SOURCE,
                "--vsa-out",
                "vsa.json",
                "--vsa-verifier-id",
                "https://verifier.example/v1",
                "--vsa-resource-uri",
                "pkg:generic/tool@14.2",
            ],
        )
    };
    assert_eq!(verdict("tool").exit, 0);
    let bytes = support::read(&path.join("vsa.json"));
    let statement = Statement::parse(&bytes, &StatementLimits::default()).unwrap();
    let Ok(Predicate::VerificationSummary(summary)) = statement.predicate() else {
        panic!("no summary")
    };
    assert_eq!(summary.verified_levels, ["SLSA_BUILD_LEVEL_3"]);
    assert_eq!(summary.input_attestations.len(), 1);
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    std::fs::write(path.join("signed.json"), keyed::envelope(1, &value).to_string()).unwrap();
    std::fs::write(path.join("key.jwk"), keyed::jwk(1).to_string()).unwrap();
    let vsa = |file: &str, level: &str| {
        run(
            path,
            &[
                "vsa",
                file,
                "--bundle",
                "signed.json",
                "--key",
                "key.jwk",
                "--verifier-id",
                "https://verifier.example/v1",
                "--resource-uri",
                "pkg:generic/tool@14.2",
                "--verified-level",
                level,
            ],
        )
        .exit
    };
    assert_eq!(vsa("tool", "SLSA_BUILD_LEVEL_2"), 0);
    assert_eq!(vsa("tool", "SLSA_SOURCE_LEVEL_2"), 11);
    assert_eq!(vsa("other", "SLSA_BUILD_LEVEL_2"), 10);
    // A refusal is written as one.
    assert_eq!(verdict("other").exit, 10);
    let refused: Value = serde_json::from_slice(&support::read(&path.join("vsa.json"))).unwrap();
    assert_eq!(refused["predicate"]["verificationResult"], json!("FAILED"));
    assert_eq!(refused["predicate"]["verifiedLevels"], json!(["FAILED"]));
}

#[test]
fn two_releases_are_compared_field_by_field() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let old = corpus.join("gha_generic/v2.1.0/binary-linux-amd64-push-v13.0.30.intoto.jsonl");
    let new = corpus.join(format!("{FILE}.intoto.jsonl"));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let diff = run(Path::new("."), &["diff", old, new]);
    assert_eq!(diff.exit, 0);
    assert!(
        diff.stdout
            .contains("source.ref\n  - refs/tags/v13.0.30\n  + refs/tags/v14.2\n"),
        "{}",
        diff.stdout
    );
    let same = run(Path::new("."), &["diff", old, old]);
    assert!(same.stdout.ends_with("no difference\n"), "{}", same.stdout);
}

#[test]
fn an_image_is_verified_from_its_layout_and_from_what_gcloud_printed() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let image = |text: &str, flags: &[&str]| run(&corpus, &[&["image", text], flags].concat());
    let layout = "gha_generic_container/v1.4.0/container_workflow_dispatch";
    let digest = "sha256:a74d89d8dd863ca5dae4a29e0feede81ddf59197849a80784af5a02ab7786925";
    let named = format!("oci-layout:{layout}@{digest}");
    let accepted = image(&named, &["--source-uri", SOURCE, "--min-level", "3"]);
    assert_eq!(accepted.exit, 0, "{}{}", accepted.stdout, accepted.stderr);
    assert_eq!(image(&named, &["--source-uri", "github.com/o/r"]).exit, 11);
    let other = format!("oci-layout:{layout}@sha256:{}", "0".repeat(64));
    assert_eq!(image(&other, &["--source-uri", SOURCE]).exit, 10);
    assert_eq!(
        image(&format!("{layout}:latest"), &["--source-uri", SOURCE]).exit,
        2
    );
    assert_eq!(image(&named, &[]).exit, 2);
    let gcb = format!(
        "name@{}",
        "sha256:f472ca4b68898c951ac3b476cba919d0d56fca4ced631fabcead51e4b2b690e7"
    );
    let bundle = "gcb_container/v0.3/gcloud-container-github.json";
    let flags = [
        "--bundle",
        bundle,
        "--keys",
        "../keys/gcb",
        "--source-uri",
        "github.com/laurentsimon/gcb-tests",
    ];
    let accepted = image(&gcb, &flags);
    assert_eq!(accepted.exit, 0, "{}{}", accepted.stdout, accepted.stderr);
    assert_eq!(image(&gcb, &[&flags[..2], &flags[4..]].concat()).exit, 1);
}

#[test]
fn a_package_needs_its_provenance_and_the_registrys_word() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let tarball = "npm/gha/supreme-googles-cli-v02-tag.tgz";
    let attestations = corpus.join(format!("{tarball}.json"));
    let whole: Value = serde_json::from_slice(&support::read(&attestations)).unwrap();
    let desk = tempfile::tempdir().unwrap();
    let file = desk.path().join("attestations.json");
    let npm = |answer: &Value, name: &str| {
        std::fs::write(&file, answer.to_string()).unwrap();
        let flags = [
            "npm",
            tarball,
            "--attestations",
            file.to_str().unwrap(),
            "--package-name",
            name,
        ];
        run(
            &corpus,
            &[
                &flags[..],
                &["--source-uri", "github.com/trishankatdatadog/supreme-goggles"],
            ]
            .concat(),
        )
    };
    let name = "@trishankatdatadog/supreme-goggles";
    let accepted = npm(&whole, name);
    assert_eq!(accepted.exit, 0, "{}{}", accepted.stdout, accepted.stderr);
    assert_eq!(npm(&whole, "@trishankatdatadog/other").exit, 11);
    let policy = desk.path().join("policy.yaml");
    let by_policy = |builder: &str| {
        let text = format!(
            "version: 1\nrules:\n  - name: ours\n    match: {{package: ['pkg:npm/@trishankatdatadog/*']}}\n    require:\n      - npm-publish: {{}}\n      - provenance: {{builder: '{builder}'}}\n"
        );
        std::fs::write(&policy, text).unwrap();
        let (file, policy) = (file.to_str().unwrap(), policy.to_str().unwrap());
        run(
            &corpus,
            &[
                "npm",
                tarball,
                "--attestations",
                file,
                "--package-name",
                name,
                "--policy",
                policy,
            ],
        )
        .exit
    };
    assert_eq!(by_policy("https://github.com/actions/runner/github-hosted"), 0);
    assert_eq!(by_policy("https://github.com/actions/other"), 11);
    for half in 0..2 {
        let mut one = whole.clone();
        one["attestations"].as_array_mut().unwrap().remove(half);
        assert_ne!(npm(&one, name).exit, 0, "{half}");
    }
}

#[test]
fn slsa_verifiers_command_prints_the_verified_statement_and_nothing_of_a_refused_one() {
    let Some(desk) = desk() else { return };
    let with = |tag: &str| {
        let flags = [
            "--provenance-path",
            "tool.intoto.jsonl",
            "--source-uri",
            SOURCE,
            "--source-tag",
            tag,
        ];
        run(
            desk.path(),
            &[&["verify-artifact", "tool"], &flags[..], &["--print-provenance"]].concat(),
        )
    };
    let accepted = with("v14.2");
    let statement: Value = serde_json::from_str(&accepted.stdout).unwrap();
    assert_eq!(
        statement["predicateType"],
        json!("https://slsa.dev/provenance/v0.2")
    );
    assert!(
        accepted.stderr.ends_with("PASSED: SLSA verification passed\n"),
        "{}",
        accepted.stderr
    );
    let refused = with("v14.1");
    assert_eq!((refused.exit, refused.stdout.as_str()), (11, ""));
    assert!(
        refused.stderr.ends_with("FAILED: SLSA verification failed\n"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_number_of_workers_changes_nothing_in_the_answer() {
    let Some(desk) = desk() else { return };
    let path = desk.path();
    let line = String::from_utf8(support::read(&path.join("tool.intoto.jsonl"))).unwrap();
    let broken = line.replace("\"payload\":\"", "\"payload\":\"AAAA");
    let many = format!("{}\n{}\n", broken.trim(), line.trim()).repeat(20);
    std::fs::write(path.join("many.jsonl"), many).unwrap();
    let with = |workers: &str| {
        let args = [
            "artifact",
            "tool",
            "other",
            "--bundle",
            "many.jsonl",
            "--source-uri",
            SOURCE,
            "--format",
            "json",
        ];
        let run = run_with(path, &args, &[("RAYON_NUM_THREADS", workers)], b"");
        (run.exit, run.stdout)
    };
    let (exit, one) = with("1");
    assert_eq!(exit, 10);
    assert!(one.contains("\"verdict\": \"accepted\""), "{one}");
    for workers in ["2", "8"] {
        assert_eq!(with(workers), (exit, one.clone()));
    }
}
