//! Which signer may speak for which builder, at which ref, and up to which level: each rule with its twin.

use serde_json::json;

use super::{BuildLevel, BuildersError, TrustedBuilders};
use crate::certificate::CertificateIdentity;
use crate::code::Code;
use crate::expect::Expectations;
use crate::testing::{BUILD_TYPE, WORKFLOW, identity, provenance, verified};

const COMMIT: &str = "f7dd8c54c2067bafc12ca7a55595d5ee9b75204a";

/// A table with one reusable workflow in it, and the shipped rows behind it.
fn table(kind: &str, refs: &str, more: &str) -> TrustedBuilders {
    let row = format!(
        "- name: mine\n  kind: {kind}\n  issuer: https://token.actions.githubusercontent.com\n  \
         signer: https://github.com/o/builders/.github/workflows/build.yml\n  refs: {refs}\n  \
         build-types: [{BUILD_TYPE}]\n  level: 3\n{more}"
    );
    TrustedBuilders::shipped()
        .unwrap()
        .extended(serde_saphyr::from_str(&row).unwrap())
}

fn signer(git_ref: &str) -> String {
    format!("https://github.com/o/builders/.github/workflows/build.yml@{git_ref}")
}

fn of(
    table: &TrustedBuilders,
    yaml: &str,
    identity: CertificateIdentity,
    builder: &str,
) -> Result<BuildLevel, Code> {
    let expected: Expectations = serde_saphyr::from_str(yaml).unwrap();
    let evaluation = expected.evaluate(&verified(identity, &provenance(builder)), table);
    match evaluation.refusal().and_then(|check| check.refusal) {
        Some(code) => Err(code),
        None => Ok(evaluation.level),
    }
}

#[test]
fn githubs_attestations_are_level_two_by_ones_own_workflow_and_three_by_a_trusted_reusable_one() {
    let table = table("reusable-workflow", "[release-tags]", "");
    assert_eq!(
        of(&table, "{}", identity(WORKFLOW), WORKFLOW),
        Ok(BuildLevel::TWO)
    );
    let trusted = signer("refs/tags/v1.0.0");
    assert_eq!(
        of(&table, "{}", identity(&trusted), &trusted),
        Ok(BuildLevel::THREE)
    );
    // Another's reusable workflow is nobody's builder, whatever it calls itself.
    let other = "https://github.com/o/other/.github/workflows/build.yml@refs/tags/v1.0.0";
    assert_eq!(
        of(&table, "{}", identity(other), other),
        Err(Code::BuilderUntrusted)
    );
    assert_eq!(
        of(&table, "{}", identity(other), &trusted),
        Err(Code::BuilderUntrusted)
    );
    // One's own workflow does not become the trusted one by naming it.
    assert_eq!(
        of(&table, "{}", identity(WORKFLOW), &trusted),
        Err(Code::BuilderIdMismatch)
    );
    assert_eq!(
        of(&table, "{}", identity(&trusted), WORKFLOW),
        Err(Code::BuilderIdMismatch)
    );
    // Without a word on the runner nobody knows that it was hosted.
    let mut old = identity(WORKFLOW);
    old.extensions.runner_environment = None;
    assert_eq!(of(&table, "{}", old, WORKFLOW), Ok(BuildLevel::ONE));
}

#[test]
fn the_runner_is_a_builder_of_npm_packages_and_else_of_ones_own_workflow_alone() {
    let table = TrustedBuilders::shipped().unwrap();
    let level_as = |yaml: &str, signer: &str, subject: &str| {
        let mut statement = provenance("https://github.com/actions/runner/github-hosted");
        statement["subject"][0]["name"] = json!(subject);
        statement["predicate"]["buildDefinition"]["buildType"] =
            json!("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1");
        let expected: Expectations = serde_saphyr::from_str(yaml).unwrap();
        let evaluation = expected.evaluate(&verified(identity(signer), &statement), &table);
        match evaluation.refusal().and_then(|check| check.refusal) {
            Some(code) => Err(code),
            None => Ok(evaluation.level),
        }
    };
    let level = |signer: &str, subject: &str| level_as("{}", signer, subject);
    let other = "https://github.com/o/other/.github/workflows/build.yml@refs/heads/main";
    let named = format!("signer: {{identity: {other}, issuer: https://token.actions.githubusercontent.com}}");
    assert_eq!(level_as(&named, other, "tool"), Ok(BuildLevel::TWO));
    assert_eq!(level(WORKFLOW, "pkg:npm/%40o/r@1.2.3"), Ok(BuildLevel::TWO));
    assert_eq!(level(WORKFLOW, "tool"), Ok(BuildLevel::TWO));
    assert_eq!(level(other, "pkg:npm/%40o/r@1.2.3"), Ok(BuildLevel::TWO));
    assert_eq!(level(other, "tool"), Err(Code::BuilderUntrusted));
    assert_eq!(level(other, "pkg:npm/"), Err(Code::BuilderUntrusted));
}

#[test]
fn a_builder_is_trusted_at_release_tags_and_not_at_branches() {
    let table = table("reusable-workflow", "[release-tags]", "");
    for (git_ref, expected) in [
        ("refs/tags/v1.0.0", Ok(BuildLevel::THREE)),
        ("refs/tags/v1.0.0-rc.1", Err(Code::BuilderRef)),
        ("refs/heads/main", Err(Code::BuilderRef)),
        ("refs/heads/v1.0.0", Err(Code::BuilderRef)),
        (COMMIT, Err(Code::BuilderRef)),
    ] {
        let signer = signer(git_ref);
        assert_eq!(
            of(&table, "{}", identity(&signer), &signer),
            expected,
            "{git_ref}"
        );
    }
}

#[test]
fn a_builder_can_be_trusted_in_a_range_of_versions() {
    let table = table("reusable-workflow", "['tags >=1.2.0, <2']", "");
    for (git_ref, expected) in [
        ("refs/tags/v1.2.0", Ok(BuildLevel::THREE)),
        ("refs/tags/v1.1.9", Err(Code::BuilderRef)),
        ("refs/tags/v2.0.0", Err(Code::BuilderRef)),
    ] {
        let signer = signer(git_ref);
        assert_eq!(
            of(&table, "{}", identity(&signer), &signer),
            expected,
            "{git_ref}"
        );
    }
}

#[test]
fn a_builder_can_be_trusted_by_its_commit_offline() {
    let table = table("reusable-workflow", &format!("['commit {COMMIT}']"), "");
    let signer = signer(COMMIT);
    let at = |commit: Option<&str>| {
        let mut identity = identity(&signer);
        identity.extensions.build_signer_digest = commit.map(ToOwned::to_owned);
        of(&table, "{}", identity, &signer)
    };
    assert_eq!(at(Some(COMMIT)), Ok(BuildLevel::THREE));
    // The name alone is what anybody may call a branch or a tag.
    assert_eq!(
        at(Some("0000000000000000000000000000000000000000")),
        Err(Code::BuilderRef)
    );
    assert_eq!(at(None), Err(Code::BuilderRef));
}

#[test]
fn a_caller_can_pin_a_builder_that_no_row_trusts() {
    let table = TrustedBuilders::shipped().unwrap();
    let named = |version: &str| {
        format!("builder: https://github.com/o/builders/.github/workflows/build.yml{version}")
    };
    let at = |git_ref: &str, yaml: &str| {
        let signer = signer(git_ref);
        let mut identity = identity(&signer);
        identity.extensions.build_signer_digest = Some(COMMIT.to_owned());
        of(&table, yaml, identity, &signer)
    };
    assert_eq!(at("refs/tags/v1.0.0", &named("")), Ok(BuildLevel::ONE));
    assert_eq!(at("refs/tags/v1.0.0", &named("@v1.0.0")), Ok(BuildLevel::ONE));
    assert_eq!(
        at("refs/heads/main", &named("@refs/heads/main")),
        Ok(BuildLevel::ONE)
    );
    assert_eq!(at(COMMIT, &named(&format!("@{COMMIT}"))), Ok(BuildLevel::ONE));
    assert_eq!(at("refs/heads/main", &named("")), Err(Code::BuilderRef));
    assert_eq!(
        at("refs/tags/v1.0.0", &named("@v1.0.1")),
        Err(Code::BuilderMismatch)
    );
    assert_eq!(at("refs/tags/v1.0.0", "{}"), Err(Code::BuilderUntrusted));
}

#[test]
fn a_delegator_vouches_for_the_builders_of_its_row_and_for_the_one_that_the_caller_names() {
    let table = table(
        "delegator",
        "[release-tags]",
        "  builder-ids: [https://github.com/o/builders/.github/workflows/]\n  builder-refs: [release-tags]\n",
    );
    let delegator = signer("refs/tags/v1.0.0");
    let of = |yaml: &str, builder: &str| of(&table, yaml, identity(&delegator), builder);
    let tool = "https://github.com/o/builders/.github/workflows/tool.yml";
    assert_eq!(
        of("{}", &format!("{tool}@refs/tags/v1.0.0")),
        Ok(BuildLevel::THREE)
    );
    assert_eq!(
        of("{}", &format!("{tool}@refs/heads/main")),
        Err(Code::BuilderRef)
    );
    assert_eq!(of("{}", tool), Err(Code::BuilderRef));
    let foreign = "https://github.com/x/y/.github/workflows/tool.yml";
    let tagged = format!("{foreign}@refs/tags/v1.0.0");
    assert_eq!(of("{}", &tagged), Err(Code::BuilderUntrusted));
    assert_eq!(of(&format!("builder: {foreign}"), &tagged), Ok(BuildLevel::THREE));
    assert_eq!(
        of(&format!("builder: {tool}"), &tagged),
        Err(Code::BuilderMismatch)
    );
    assert_eq!(
        of(
            "{}",
            "https://github.com/o/builders/.github/workflows/../x/tool.yml@refs/tags/v1.0.0"
        ),
        Err(Code::BuilderUntrusted)
    );
}

#[test]
fn a_trusted_builder_signs_only_the_build_types_of_its_row() {
    let table = table("reusable-workflow", "[release-tags]", "");
    let signer = signer("refs/tags/v1.0.0");
    let mut statement = provenance(&signer);
    statement["predicate"]["buildDefinition"]["buildType"] = json!("https://example.com/b/v1");
    let evaluation = Expectations::default().evaluate(&verified(identity(&signer), &statement), &table);
    let code = evaluation.refusal().and_then(|check| check.refusal);
    assert_eq!(code, Some(Code::BuilderBuildType));
}

fn row(yaml: &str) -> Result<TrustedBuilders, BuildersError> {
    let rows =
        serde_saphyr::from_str(yaml).map_err(|error: serde_saphyr::Error| BuildersError::Malformed {
            detail: error.to_string(),
        })?;
    TrustedBuilders::new(rows)
}

const ROW: &str = "
- name: mine
  kind: reusable-workflow
  issuer: https://token.actions.githubusercontent.com
  signer: https://github.com/o/r/.github/workflows/build.yml
  refs: [release-tags]
  build-types: [https://example.com/b/v1]
  level: 3
";

#[test]
fn the_shipped_table_can_be_read_and_each_row_has_a_name_of_its_own() {
    let table = TrustedBuilders::shipped().unwrap();
    let mut names: Vec<&str> = table.rows().iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!((names.len(), count >= 10), (count, true));
}

#[test]
fn a_row_has_what_its_kind_needs_and_nothing_else() {
    assert!(row(ROW).is_ok());
    let missing = row(&ROW.replace("  refs: [release-tags]\n", ""));
    assert_eq!(
        missing,
        Err(BuildersError::Missing {
            name: "mine".to_owned(),
            field: "refs"
        })
    );
    let meaningless = row(&ROW.replace("  level", "  key-prefix: x\n  level"));
    assert_eq!(
        meaningless,
        Err(BuildersError::Meaningless {
            name: "mine".to_owned(),
            field: "key-prefix"
        })
    );
    let signer = "https://github.com/o/r/.github/workflows/*.yml";
    assert_eq!(
        row(&ROW.replace(
            "https://github.com/o/r/.github/workflows/build.yml",
            &format!("'{signer}'")
        )),
        Err(BuildersError::Signer {
            name: "mine".to_owned(),
            signer: signer.to_owned()
        })
    );
    for wrong in [
        ROW.replace("level: 3", "level: 4"),
        ROW.replace("level: 3", "levels: 3"),
        ROW.replace("release-tags", "refs/heads/*"),
    ] {
        assert!(
            matches!(row(&wrong), Err(BuildersError::Malformed { .. })),
            "{wrong}"
        );
    }
}
