"""The scripts of the actions: what they do, and what they refuse, one change apart."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from harness import ROOT, Runner, program  # noqa: E402

TOKEN = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://run.actions.githubusercontent.com/x?y=1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret-of-the-job",
}
SIGNER = "slsa-tools/slsa/.github/workflows/generic.yml"
EVIL = "a\n::error::injected\n%0A::add-path::/evil ##[add-path]/evil"


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def checksums(text="hello", name="hello.txt"):
    line = f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
    return base64.b64encode(line.encode()).decode()


class Case(unittest.TestCase):
    def setUp(self):
        self.runner = Runner()
        self.addCleanup(self.runner.close)

    def assert_refused(self, result, message):
        self.assertNotEqual(result.code, 0, result.log)
        errors = [text for name, _, text in result.commands() if name == "error"]
        self.assertEqual(len(errors), 1, result.log)
        self.assertIn(message, errors[0])
        self.assertEqual({name for name, _, _ in result.commands()}, {"error"}, result.log)


def needs(name):
    return unittest.skipUnless(program(name), f"{name} was not built, and {name.replace('-', '_').upper()} names none")


class Setup(Case):
    def install(self, **variables):
        defaults = {"UNTRUSTED_PROGRAMS": "slsa-verify", "UNTRUSTED_BUILD_FROM_SOURCE": "false"}
        return self.runner.run("setup/setup.sh", **{**defaults, **variables})

    def test_a_program_with_the_committed_digest_is_installed(self):
        self.runner.released("slsa-verify", "#!/bin/sh\necho it runs\n")
        result = self.install()
        self.assertEqual(result.code, 0, result.log)
        folder = result.outputs["path"]
        self.assertEqual(result.path, folder + "\n")
        ran = subprocess.run([f"{folder}/slsa-verify"], capture_output=True, text=True, check=True)
        self.assertEqual(ran.stdout, "it runs\n")

    def test_a_program_with_another_digest_never_runs_and_leaves_nothing(self):
        marker = self.runner.folder / "marker"
        self.runner.released("slsa-verify", f"#!/bin/sh\ntouch {marker}\n", known="0" * 64)
        result = self.install()
        self.assert_refused(result, "is not the program of this revision: expected sha256 " + "0" * 64)
        self.assertEqual(result.outputs, {})
        self.assertEqual(result.path, "")
        self.assertFalse(marker.exists())
        self.assertEqual([path for path in self.runner.temp.rglob("slsa-verify*")], [])

    def test_a_revision_without_a_release_says_so_and_downloads_nothing(self):
        self.assert_refused(self.install(), "this revision knows no release of slsa-verify-x86_64-unknown-linux-musl")
        self.assertEqual(self.runner.call_log(), "")

    def test_two_digests_for_one_program_are_refused(self):
        self.runner.released("slsa-verify", "#!/bin/sh\n")
        self.runner.released("slsa-verify", "#!/bin/sh\n")
        self.assert_refused(self.install(), "names slsa-verify-x86_64-unknown-linux-musl twice")

    def test_the_address_is_that_of_this_repository_over_https_alone(self):
        self.runner.released("slsa-verify", "#!/bin/sh\n")
        self.install()
        calls = self.runner.call_log().split("\n")
        self.assertEqual(calls[calls.index("--proto") + 1], "=https")
        self.assertEqual(calls[calls.index("--proto-redir") + 1], "=https")
        self.assertIn(
            "https://github.com/slsa-tools/slsa/releases/download/v0.1.0/slsa-verify-x86_64-unknown-linux-musl", calls
        )

    def test_only_our_programs_have_a_name(self):
        for name in ("slsa-sandbox", "../x", "slsa-verify;id", "$(id)", "--build-from-sourcE"):
            self.assert_refused(self.install(UNTRUSTED_PROGRAMS=name), "there is no program of this name")
        self.assert_refused(self.install(UNTRUSTED_PROGRAMS=""), "the input programs is empty")

    def test_a_machine_without_a_release_is_named(self):
        self.runner.released("slsa-verify", "#!/bin/sh\n")
        self.assert_refused(self.install(RUNNER_ARCH="S390X"), "there is no release for Linux on S390X")

    def test_from_source_cargo_builds_this_revision_without_the_environment_of_the_job(self):
        self.runner.fake(
            "cargo", 'mkdir -p "$CARGO_TARGET_DIR/release"; cp /bin/true "$CARGO_TARGET_DIR/release/slsa-verify"'
        )
        result = self.install(UNTRUSTED_BUILD_FROM_SOURCE="true", RUSTFLAGS="-C linker=/evil", RUSTC_WRAPPER="/evil")
        self.assertEqual(result.code, 0, result.log)
        self.assertIn("--locked", self.runner.call_log())
        self.assertNotIn("/evil", self.runner.environment_of("cargo"))
        self.assertTrue((Path(result.outputs["path"]) / "slsa-verify").exists())
        self.assertNotIn("curl", self.runner.call_log())

    def test_a_switch_is_true_or_false(self):
        self.assert_refused(self.install(UNTRUSTED_BUILD_FROM_SOURCE="yes"), "neither true nor false")


class Common(Case):
    """The functions that all scripts share, in a script of the test's own."""

    def script(self, body, **variables):
        path = self.runner.actions / "setup" / "probe.sh"
        self.runner.executable(path, f"#!/usr/bin/env bash\nset -euo pipefail\n. '{self.runner.actions}/lib/common.sh'\n{body}\n")
        return self.runner.run("setup/probe.sh", **variables)

    def test_a_text_with_line_ends_and_commands_stays_one_annotation(self):
        result = self.script('fail "$UNTRUSTED_X" "$UNTRUSTED_X"', UNTRUSTED_X=EVIL + "\r\n::x::")
        self.assert_refused(result, "a%0A::error::injected%0A%250A::add-path::/evil ## [add-path]/evil%0D%0A::x::")
        (_, title, _) = result.commands()[0]
        self.assertEqual(title[:38], "title=a%0A%3A%3Aerror%3A%3Ainjected%0A"[:38])

    def test_an_output_is_one_line_and_never_empty(self):
        for value, message in (("", "would be empty"), ("a\nb=c", "more than one line"), ("a\rb", "more than one line")):
            result = self.script('output x "$UNTRUSTED_X"', UNTRUSTED_X=value)
            self.assert_refused(result, message)
            self.assertEqual(result.outputs, {})
        result = self.script('output x "$UNTRUSTED_X"', UNTRUSTED_X="a<<EOF=%0A$(id)")
        self.assertEqual(result.outputs, {"x": "a<<EOF=%0A$(id)"})

    def test_the_delimiter_of_an_output_is_another_each_time(self):
        seen = set()
        for _ in range(3):
            self.script("output x y; cp \"$GITHUB_OUTPUT\" \"$RUNNER_TEMP/raw\"")
            seen.add((self.runner.temp / "raw").read_text())
        self.assertEqual(len(seen), 3)

    def test_what_a_program_prints_is_no_command(self):
        body = 'quietly printf "%s\\n" "::error::injected" "::add-path::/evil" "##[add-path]/evil"; echo "::notice::after"'
        result = self.script(body)
        self.assertIn("::error::injected", result.log)
        self.assertEqual([name for name, _, _ in result.commands()], ["notice"])

    def test_a_program_that_fails_quietly_fails(self):
        self.assertEqual(self.script("quietly false").code, 1)

    def test_a_digest_is_64_lower_case_digits(self):
        file = self.runner.workspace / "f"
        file.write_text("x")
        good = sha256(file)
        body = f'check_sha256 "{file}" "$UNTRUSTED_X"'
        self.assertEqual(self.script(body, UNTRUSTED_X=good).code, 0)
        for bad in ("", "***", good.upper(), good[:-1], good + "0", good + "\n"):
            self.assert_refused(self.script(body, UNTRUSTED_X=bad), "the digest is empty or not 64")
        file.write_text("y")
        self.assert_refused(self.script(body, UNTRUSTED_X=good), "was changed after its digest left the job")


@needs("slsa-attest")
class Attest(Case):
    def attest(self, **variables):
        defaults = {
            "UNTRUSTED_OUTPUT": "provenance.sigstore.json",
            "UNTRUSTED_GITHUB_STORE": "false",
            "UNTRUSTED_ALLOW_PUBLIC_LOG": "false",
            "UNTRUSTED_BUILD_FROM_SOURCE": "false",
            **TOKEN,
        }
        return self.runner.run("attest/attest.sh", **{**defaults, **variables})

    def setUp(self):
        super().setUp()
        self.runner.released_attestor()
        (self.runner.workspace / "a.txt").write_text("a")

    def test_a_file_is_attested_and_the_summary_says_build_l2(self):
        result = self.attest(UNTRUSTED_SUBJECT_PATH="a.txt")
        self.assertEqual(result.code, 0, result.log)
        bundle = json.loads((self.runner.workspace / "provenance.sigstore.json").read_text())
        self.assertIn("dsseEnvelope", bundle)
        self.assertEqual(result.outputs["bundle-path"], "provenance.sigstore.json")
        self.assertIn("**SLSA Build L2**", result.summary)
        self.assertEqual(result.commands(), [])

    def test_it_is_stored_at_github_where_asked(self):
        result = self.attest(UNTRUSTED_SUBJECT_PATH="a.txt", UNTRUSTED_GITHUB_STORE="true", GITHUB_TOKEN="t")
        self.assertEqual(result.code, 0, result.log)
        self.assertRegex(result.outputs["attestation-ids"], r"^\d+$")

    def test_without_a_token_the_permission_is_named(self):
        result = self.attest(UNTRUSTED_SUBJECT_PATH="a.txt", ACTIONS_ID_TOKEN_REQUEST_URL=None)
        self.assert_refused(result, "permissions:%0A  id-token: write")
        self.assertEqual(self.runner.call_log(), "")

    def test_nothing_to_attest_and_two_ways_to_say_it_are_refused(self):
        self.assert_refused(self.attest(), "exactly one of the inputs")
        self.assert_refused(self.attest(UNTRUSTED_SUBJECT_PATH="a.txt", UNTRUSTED_CHECKSUMS="SUMS"), "exactly one of")
        self.assert_refused(self.attest(UNTRUSTED_SUBJECT_PATH="\n\n"), "exactly one of the inputs")

    def test_a_path_is_a_path_whatever_it_looks_like(self):
        for name in ("--github-store", "$(touch marker)", "`touch marker`", "; touch marker", "a b"):
            (self.runner.workspace / name).write_text("x")
            result = self.attest(UNTRUSTED_SUBJECT_PATH=name, UNTRUSTED_OUTPUT=f"{name}.json".replace("--", ""))
            self.assertEqual(result.code, 0, result.log)
            calls = self.runner.call_log().split("\nslsa-attest\n")[-1].split("\n")
            self.assertEqual(calls[calls.index("--") + 1], name)
        self.assertEqual(list(self.runner.folder.rglob("marker")), [])

    def test_an_option_among_the_inputs_stays_a_value(self):
        result = self.attest(UNTRUSTED_CHECKSUMS="--allow-self-hosted")
        self.assert_refused(result, "nothing was attested")
        self.assertIn("--checksums=--allow-self-hosted", self.runner.call_log())

    def test_the_attestor_sees_of_the_environment_what_it_needs(self):
        self.attest(UNTRUSTED_SUBJECT_PATH="a.txt", SIGSTORE_ID_TOKEN="x", HTTPS_PROXY="http://evil", SSL_CERT_FILE="/evil")
        seen = self.runner.environment_of("slsa-attest")
        for name in ("SIGSTORE_ID_TOKEN", "HTTPS_PROXY", "SSL_CERT_FILE", "UNTRUSTED_"):
            self.assertNotIn(name, seen)
        self.assertIn("ACTIONS_ID_TOKEN_REQUEST_URL", seen)

    def test_the_jobs_credential_is_on_no_command_line_and_in_no_log(self):
        result = self.attest(UNTRUSTED_SUBJECT_PATH="a.txt")
        for text in (self.runner.call_log(), result.log, result.summary):
            self.assertNotIn("secret-of-the-job", text)
            self.assertNotIn("eyJ", text)

    def test_an_event_has_a_name(self):
        self.assert_refused(
            self.attest(UNTRUSTED_SUBJECT_PATH="a.txt", UNTRUSTED_ALLOW_EVENTS="push --allow-self-hosted"),
            "not the name of an event",
        )

    def test_another_attestor_signs_nothing(self):
        (self.runner.release / "slsa-attest-x86_64-unknown-linux-musl").write_text("#!/bin/sh\ntouch bundle\n")
        result = self.attest(UNTRUSTED_SUBJECT_PATH="a.txt")
        self.assert_refused(result, "is not the program of this revision")
        self.assertNotIn("slsa-attest\n", self.runner.call_log())
        self.assertEqual(result.outputs, {})


POLICY = """version: 1
trust:
  roots: [{root}]
builders:
  add:
    - name: sandbox
      kind: reusable-workflow
      issuer: {issuer}
      signer: https://git.slsa-sandbox.test/slsa-sandbox/builder/.github/workflows/build.yml
      refs: [release-tags]
      level: 3
      build-types: [https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1]
rules:
  - name: everything
    match: {{ artifact: ["**"] }}
    require:
      - provenance: {{ source: git.slsa-sandbox.test/slsa-sandbox/example, tag: v1.2.3, level: 3 }}
"""


@needs("slsa-attest")
@needs("slsa-verify")
class Verify(Case):
    """With what `slsa-attest quickstart` leaves: an artifact, its provenance, and the sandbox's root."""

    def setUp(self):
        super().setUp()
        self.runner.released_verifier()
        ran = subprocess.run(
            [program("slsa-attest"), "quickstart"], cwd=self.runner.workspace, capture_output=True, text=True
        )
        self.work = self.runner.workspace / "slsa-quickstart"
        issuer = next(word for word in ran.stdout.replace(",", " ").split() + ran.stderr.replace(",", " ").split() if word.startswith("http://127.0.0.1"))
        (self.work / "policy.yaml").write_text(POLICY.format(root="trusted_root.json", issuer=issuer + "/oidc"))

    def verify(self, **variables):
        defaults = {
            "UNTRUSTED_FILES": "hello.txt",
            "UNTRUSTED_BUNDLE": "provenance.sigstore.json",
            "UNTRUSTED_POLICY": "policy.yaml",
            "UNTRUSTED_BUILD_FROM_SOURCE": "false",
        }
        return self.runner.run("verify/verify.sh", cwd=self.work, **{**defaults, **variables})

    def test_what_was_attested_is_accepted_at_level_3(self):
        result = self.verify()
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(result.outputs, {"verdict": "accepted", "exit-code": "0"})
        self.assertIn("1 of 1 accepted", result.summary)
        self.assertEqual(result.commands(), [])

    def test_one_bit_more_is_refused_with_an_annotation_and_the_reason(self):
        (self.work / "hello.txt").write_text("changed")
        result = self.verify()
        self.assertNotEqual(result.code, 0)
        errors = [text for name, _, text in result.commands() if name == "error"]
        self.assertIn("hello.txt: not-authentic%0Asubject-mismatch", errors[0])
        self.assertIn("exit code 10", errors[1])
        self.assertEqual(result.outputs, {"verdict": "refused", "exit-code": "10"})
        self.assertIn("0 of 1 accepted", result.summary)

    def test_a_name_with_commands_in_it_becomes_no_command(self):
        name = "a%0A::add-path::⁄evil ##[add-path] $(touch marker)"
        (self.work / name).write_text("x")
        result = self.verify(UNTRUSTED_FILES=name)
        self.assertEqual({name for name, _, _ in result.commands()}, {"error"}, result.log)
        self.assertIn("a%250A::add-path::", result.log)
        self.assertEqual(list(self.runner.folder.rglob("marker")), [])

    def test_a_folder_with_a_file_whose_name_has_a_line_end_gives_one_annotation_for_it(self):
        folder = self.work / "folder"
        folder.mkdir()
        (folder / "a\n::add-path::x").write_text("x")
        result = self.verify(UNTRUSTED_FILES="folder")
        self.assertNotEqual(result.code, 0)
        self.assertEqual({name for name, _, _ in result.commands()}, {"error"}, result.log)

    def test_nothing_to_verify_is_no_acceptance(self):
        self.assert_refused(self.verify(UNTRUSTED_FILES="\n"), "nothing to verify")

    def test_without_an_expectation_nothing_is_accepted(self):
        self.assert_refused(self.verify(UNTRUSTED_POLICY=""), "say what is expected")

    def test_an_option_among_the_inputs_stays_a_value(self):
        result = self.verify(UNTRUSTED_FILES="--any-identity")
        self.assertNotEqual(result.code, 0)
        result = self.verify(UNTRUSTED_POLICY="", UNTRUSTED_SOURCE_URI="--any-identity")
        self.assertNotEqual(result.code, 0)
        self.assertEqual(result.outputs["verdict"], "refused")

    def test_a_verifier_that_succeeds_without_a_verdict_is_not_believed(self):
        for answer in ("", "{}", '{"accepted": true, "artifacts": []}', '{"accepted": false, "artifacts": [{}]}'):
            runner = Runner()
            self.addCleanup(runner.close)
            runner.released("slsa-verify", f"#!/bin/sh\necho '{answer}'\n")
            result = runner.run(
                "verify/verify.sh",
                UNTRUSTED_FILES="x",
                UNTRUSTED_POLICY="p",
                UNTRUSTED_BUILD_FROM_SOURCE="false",
            )
            self.assertEqual(result.outputs.get("verdict"), "refused", result.log)
            self.assertNotEqual(result.code, 0)

    def test_an_image_without_its_evidence_is_refused(self):
        result = self.verify(UNTRUSTED_FILES="", UNTRUSTED_IMAGES="ghcr.io/o/r@sha256:" + "a" * 64)
        self.assertEqual(result.outputs["verdict"], "refused", result.log)


@needs("slsa-attest")
class Sign(Case):
    """The signing job's one step."""

    def setUp(self):
        super().setUp()
        self.runner.released_attestor()
        self.manifest = self.runner.temp / "manifest"
        self.event = self.runner.temp / "event.json"
        # The event is about the repository of the token, which the attestor compares.
        self.event.write_text('{"repository": {"id": 1001}}')

    def sign(self, **variables):
        defaults = {
            "SIGNER_WORKFLOW": SIGNER,
            "MANIFEST_FOLDER": self.manifest,
            "UNTRUSTED_NAME": "provenance.sigstore.json",
            "UNTRUSTED_VARS": "{}",
            "UNTRUSTED_GITHUB_STORE": "false",
            "UNTRUSTED_ALLOW_PUBLIC_LOG": "false",
            "UNTRUSTED_BUILD_FROM_SOURCE": "false",
            "GITHUB_EVENT_PATH": self.event,
            **TOKEN,
        }
        return self.runner.run("internal/sign/sign.sh", **{**defaults, **variables})

    def statement(self, result):
        bundle = json.loads(Path(result.outputs["bundle-path"]).read_text())
        return json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))

    def assert_unsigned(self, result, message):
        self.assert_refused(result, message)
        self.assertEqual(result.outputs, {})
        self.assertNotIn("slsa-attest\n", self.runner.call_log())
        # Nor was the program fetched: all of this is known before.
        self.assertNotIn("curl\n", self.runner.call_log())

    def test_digests_become_a_bundle_whose_own_digest_leaves_with_it(self):
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_VARS='{"CHANNEL": "beta"}')
        self.assertEqual(result.code, 0, result.log)
        statement = self.statement(result)
        self.assertEqual([subject["name"] for subject in statement["subject"]], ["hello.txt"])
        self.assertEqual(statement["predicate"]["buildDefinition"]["externalParameters"]["vars"], {"CHANNEL": "beta"})
        self.assertEqual(result.outputs["bundle-sha256"], sha256(result.outputs["bundle-path"]))
        self.assertRegex(result.outputs["artifact-name"], r"^provenance-[0-9a-f]{32}$")
        calls = self.runner.call_log().split("\n")
        self.assertIn("--isolated", calls)
        self.assertIn(f"--signer-workflow={SIGNER}", calls)

    def test_the_attestor_sees_of_the_environment_what_it_needs(self):
        result = self.sign(
            UNTRUSTED_SUBJECTS=checksums(), SIGSTORE_ID_TOKEN="x", HTTPS_PROXY="http://evil", SSL_CERT_FILE="/evil"
        )
        self.assertEqual(result.code, 0, result.log)
        seen = self.runner.environment_of("slsa-attest")
        for name in ("SIGSTORE_ID_TOKEN", "HTTPS_PROXY", "SSL_CERT_FILE", "UNTRUSTED_"):
            self.assertNotIn(name, seen)
        self.assertIn("ACTIONS_ID_TOKEN_REQUEST_URL", seen)
        for text in (self.runner.call_log(), result.log, result.summary):
            self.assertNotIn("secret-of-the-job", text)

    def test_a_subject_named_like_a_command_is_a_name_and_no_command(self):
        name = "a%0A::add-path::/evil ##[add-path]/evil $(touch marker)`touch marker`"
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(name=name))
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual([subject["name"] for subject in self.statement(result)["subject"]], [name])
        self.assertEqual(result.commands(), [])
        self.assertNotIn("a%0A", "".join(result.outputs.values()))
        self.assertEqual(list(self.runner.folder.rglob("marker")), [])

    def test_a_masked_variable_is_recorded_as_stars(self):
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_VARS='{"A": "beta"}', UNTRUSTED_MASK="A")
        self.assertEqual(self.statement(result)["predicate"]["buildDefinition"]["externalParameters"]["vars"], {"A": "***"})

    def test_an_empty_or_masked_digest_output_is_never_zero_subjects(self):
        for empty in ("", None):
            self.assert_unsigned(self.sign(UNTRUSTED_SUBJECTS=empty), "there is nothing to attest")
        self.assert_unsigned(self.sign(UNTRUSTED_SUBJECTS="***"), "not in base64")
        result = self.sign(UNTRUSTED_SUBJECTS="  \n")
        self.assert_refused(result, "nothing was attested")
        self.assertIn("the checksums are not in base64", result.log)
        self.assertEqual(result.outputs, {})

    def test_digests_that_come_in_two_ways_are_refused(self):
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_IMAGE="ghcr.io/o/r@sha256:" + "a" * 64)
        self.assert_unsigned(result, "in one way, not in several")

    def test_a_subject_whose_name_has_a_line_end_is_not_signed(self):
        line = "\\" + "a" * 64 + "  x\\n::add-path::evil\n"
        result = self.sign(UNTRUSTED_SUBJECTS=base64.b64encode(line.encode()).decode())
        self.assert_refused(result, "nothing was attested")
        self.assertIn("has a control character", result.log)
        self.assertEqual(result.outputs, {})

    def test_one_name_with_two_digests_is_not_signed(self):
        twice = base64.b64decode(checksums("a")) + base64.b64decode(checksums("b"))
        result = self.sign(UNTRUSTED_SUBJECTS=base64.b64encode(twice).decode())
        self.assert_refused(result, "nothing was attested")
        self.assertIn('two different artifacts are called "hello.txt"', result.log)
        self.assertEqual(result.outputs, {})

    def test_the_bundles_name_stays_in_its_folder_and_on_its_line(self):
        for name in ("../x.json", "a\nb.json", ".x.json", "-x.json", "a b.json", "x", "x" * 260 + ".json", "", "$(id).json"):
            self.assert_unsigned(self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_NAME=name), "the name of the provenance")

    def test_a_variable_that_looks_like_a_script_stays_a_text(self):
        evil = f"$(touch {self.runner.folder}/marker)`touch {self.runner.folder}/marker`\n::add-path::/evil"
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_VARS=json.dumps({"A": evil}))
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(self.statement(result)["predicate"]["buildDefinition"]["externalParameters"]["vars"], {"A": evil})
        self.assertFalse((self.runner.folder / "marker").exists())
        self.assertEqual(result.commands(), [])

    def test_a_mask_is_a_name(self):
        self.assert_unsigned(
            self.sign(UNTRUSTED_SUBJECTS=checksums(), UNTRUSTED_MASK="--allow-self-hosted"), "not the name of an input"
        )

    def test_an_image_has_its_digest(self):
        good = "ghcr.io/o/r@sha256:" + "a" * 64
        result = self.sign(UNTRUSTED_IMAGE=good)
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(self.statement(result)["subject"][0]["digest"], {"sha256": "a" * 64})
        for bad in ("ghcr.io/o/r@", "ghcr.io/o/r:v1", good[:-1], good + "\n--allow-self-hosted", "@sha256:" + "a" * 64):
            self.runner.calls.write_text("")
            self.assert_unsigned(self.sign(UNTRUSTED_IMAGE=bad), "not REGISTRY/NAME@sha256:HEX")

    def test_the_workflow_that_signs_is_one_of_ours(self):
        for signer in ("attacker/slsa/.github/workflows/generic.yml", "slsa-tools/slsa-evil/.github/workflows/x.yml", ""):
            self.assert_unsigned(self.sign(UNTRUSTED_SUBJECTS=checksums(), SIGNER_WORKFLOW=signer), "is none of slsa-tools/slsa")

    def test_the_event_of_another_repository_is_not_signed(self):
        self.event.write_text('{"repository": {"id": 1002}}')
        result = self.sign(UNTRUSTED_SUBJECTS=checksums())
        self.assert_refused(result, "nothing was attested")
        self.assertIn("[event-repository]", result.log)
        self.assertEqual(result.outputs, {})

    def test_a_copy_of_the_workflow_gets_no_signature(self):
        # Here the token is of the sandbox's workflow, and ours is demanded.
        self.runner = Runner()
        self.addCleanup(self.runner.close)
        self.runner.released(
            "slsa-attest",
            f'#!/usr/bin/env bash\necho slsa-attest >>"{self.runner.calls}"\nexec "{program("slsa-attest")}" "$1" --sandbox "${{@:2}}"\n',
        )
        result = self.sign(UNTRUSTED_SUBJECTS=checksums())
        self.assert_refused(result, "nothing was attested")
        self.assertIn("slsa-sandbox/builder/.github/workflows/build.yml", result.log)
        self.assertEqual(result.outputs, {})

    def with_manifest(self, *files, digest=None):
        self.manifest.mkdir(exist_ok=True)
        for name, text in files:
            (self.manifest / name).write_text(text)
        return self.sign(UNTRUSTED_MANIFEST_ID="17", UNTRUSTED_MANIFEST_SHA256=digest)

    def test_a_manifest_is_signed_as_its_digest_says(self):
        text = base64.b64decode(checksums()).decode() + base64.b64decode(checksums("b", "b")).decode()
        result = self.with_manifest(("SHA256SUMS", text), digest=hashlib.sha256(text.encode()).hexdigest())
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual([subject["name"] for subject in self.statement(result)["subject"]], ["b", "hello.txt"])

    def test_a_manifest_that_was_changed_after_its_digest_left_is_refused(self):
        text = base64.b64decode(checksums()).decode()
        digest = hashlib.sha256(text.encode()).hexdigest()
        result = self.with_manifest(("SHA256SUMS", text + base64.b64decode(checksums("evil", "evil")).decode()), digest=digest)
        self.assert_unsigned(result, "changed after its digest left the job")

    def test_a_manifest_without_its_digest_is_refused(self):
        for digest in ("", None, "***"):
            self.assert_unsigned(self.with_manifest(("SHA256SUMS", "x"), digest=digest), "the digest is empty or not 64")

    def test_an_artifact_is_one_regular_file(self):
        text = base64.b64decode(checksums()).decode()
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.assert_unsigned(self.with_manifest(digest=digest), "has 0 entries")
        self.assert_unsigned(self.with_manifest(("a", text), (".b", text), digest=digest), "has 2 entries")
        for path in self.manifest.iterdir():
            path.unlink()
        elsewhere = self.runner.workspace / "SHA256SUMS"
        elsewhere.write_text(text)
        (self.manifest / "SHA256SUMS").symlink_to(elsewhere)
        self.assert_unsigned(self.with_manifest(digest=digest), "not one regular file")

    def test_a_digest_without_its_manifest_is_refused(self):
        self.assert_unsigned(self.sign(UNTRUSTED_MANIFEST_SHA256="a" * 64), "named by the id of its artifact")

    def test_what_a_workflow_built_with_is_part_of_the_provenance(self):
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), PARAMETERS='{"command": ["make"]}', BUILD_TYPE="container-based")
        self.assertEqual(result.code, 0, result.log)
        definition = self.statement(result)["predicate"]["buildDefinition"]
        self.assertEqual(
            definition["buildType"],
            "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/container-based-v1.md",
        )
        self.assertEqual(definition["externalParameters"]["command"], ["make"])
        self.assertTrue((ROOT / "docs/reference/buildtypes/container-based-v1.md").exists())

    def test_parameters_that_did_not_arrive_are_not_left_out(self):
        for parameters in ("", "***", "[]"):
            result = self.sign(UNTRUSTED_SUBJECTS=checksums(), PARAMETERS=parameters, BUILD_TYPE="container-based")
            self.assert_unsigned(result, "the parameters did not arrive")
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), PARAMETERS='{"command": ["make"]}')
        self.assert_unsigned(result, "parameters are of a build type")
        result = self.sign(UNTRUSTED_SUBJECTS=checksums(), PARAMETERS='{"workflow": {}}', BUILD_TYPE="delegated")
        self.assert_refused(result, "nothing was attested")

    def test_an_attestor_that_writes_nothing_hands_over_nothing(self):
        self.runner = Runner()
        self.addCleanup(self.runner.close)
        self.runner.released("slsa-attest", "#!/bin/sh\nexit 0\n")
        result = self.sign(UNTRUSTED_SUBJECTS=checksums())
        self.assert_refused(result, "the attestor wrote no bundle")
        self.assertEqual(result.outputs, {})


class Container(Case):
    """What is run in an image, and what it leaves."""

    def define(self, **variables):
        return self.runner.run(
            "internal/container-definition/definition.sh",
            **{
                "UNTRUSTED_IMAGE": "docker.io/library/rust",
                "UNTRUSTED_DIGEST": "sha256:" + "a" * 64,
                "UNTRUSTED_COMMAND": '["make", "all the $(id)"]',
                "UNTRUSTED_FOLDER": "dist",
                **variables,
            },
        )

    def test_what_will_run_is_written_down_before_it_runs(self):
        definition = json.loads(self.define().outputs["definition"])
        self.assertEqual(
            definition,
            {
                "builderImage": {"uri": "docker.io/library/rust", "digest": {"sha256": "a" * 64}},
                "command": ["make", "all the $(id)"],
                "artifacts": "dist",
            },
        )

    def test_an_image_has_no_tag_and_is_no_option(self):
        for image in ("", "rust", "docker.io/rust:1", "--privileged", "-edocker.io/rust", ".docker.io/rust", "docker.io/rust\n-v/:/x", "docker.io/$(id)"):
            self.assert_refused(self.define(UNTRUSTED_IMAGE=image), "not the name of an image")
        for digest in ("", "latest", "sha256:" + "A" * 64, "sha512:" + "a" * 64):
            self.assert_refused(self.define(UNTRUSTED_DIGEST=digest), "not the digest of an image")

    def test_a_command_is_a_list_of_words(self):
        for command in ("", "make", "[]", '"make"', '["make", 1]', '[""]', '["a\\nb"]', '["a"] ["b"]', '{"a": "b"}', '["' + "x" * 5000 + '"]'):
            self.assert_refused(self.define(UNTRUSTED_COMMAND=command), "not a JSON array of 1 to 64 words")

    def build(self, **variables):
        self.runner.fake("docker", "true")
        definition = self.define().outputs["definition"]
        return self.runner.run("internal/container-build/build.sh", **{"DEFINITION": definition, **variables})

    def test_the_command_runs_in_the_image_of_that_digest_and_nowhere_else(self):
        result = self.build(SECRET="of the job")
        self.assertEqual(result.code, 0, result.log)
        calls = self.runner.call_log().split("\n")
        self.assertIn("--entrypoint=make", calls)
        self.assertEqual(calls[-5:-2], ["--", "docker.io/library/rust@sha256:" + "a" * 64, "all the $(id)"])
        self.assertNotIn("SECRET", self.runner.environment_of("docker"))
        self.assertNotIn("--privileged", calls)

    def test_a_build_job_that_could_ask_for_a_token_builds_nothing(self):
        self.assert_refused(self.build(**TOKEN), "the build job could ask for an identity token")
        self.assertEqual(self.runner.call_log(), "")

    def test_a_build_job_on_a_machine_that_is_not_githubs_builds_and_hands_over_nothing(self):
        for environment in ("self-hosted", ""):
            result = self.build(RUNNER_ENVIRONMENT=environment)
            self.assert_refused(result, f"the build job is on a runner that is not GitHub's: {environment or 'unknown'}")
            self.assertEqual(self.runner.call_log(), "")
        (self.runner.workspace / "dist").mkdir()
        (self.runner.workspace / "dist" / "tool").write_text("hello")
        result = self.runner.run("internal/collect/collect.sh", UNTRUSTED_FOLDER="dist", RUNNER_ENVIRONMENT="self-hosted")
        self.assert_refused(result, "the build job is on a runner that is not GitHub's")

    def collect(self, folder="dist"):
        return self.runner.run("internal/collect/collect.sh", UNTRUSTED_FOLDER=folder)

    def test_what_the_build_left_is_copied_and_the_copy_hashed(self):
        dist = self.runner.workspace / "dist"
        dist.mkdir()
        (dist / "tool").write_text("hello")
        result = self.collect()
        self.assertEqual(result.outputs["subjects"], checksums("hello", "tool"))
        (dist / "tool").write_text("changed afterwards")
        self.assertEqual((Path(result.outputs["folder"]) / "tool").read_text(), "hello")

    def test_what_a_process_in_the_background_writes_meanwhile_is_neither_hashed_nor_handed_over(self):
        dist = self.runner.workspace / "dist"
        dist.mkdir()
        # The original changes once when it was copied, once when something was hashed.
        for program in ("cp", "sha256sum"):
            (dist / "tool").write_text("hello")
            (self.runner.fakes / "cp").unlink(missing_ok=True)
            self.runner.fake(program, f'/usr/bin/env -i PATH=/usr/bin:/bin {program} "$@"; printf changed >"{dist}/tool"')
            result = self.collect()
            self.assertEqual(result.outputs["subjects"], checksums("hello", "tool"), program)
            self.assertEqual((Path(result.outputs["folder"]) / "tool").read_text(), "hello", program)
            self.assertEqual((dist / "tool").read_text(), "changed", program)

    def test_names_that_could_be_commands_or_paths_are_not_handed_over(self):
        for name in ("a\n::error::x", "a%0Ab", "a b", "-x", ".hidden", "$(id)", "x" * 250 + "ö"):
            dist = self.runner.workspace / "dist"
            dist.mkdir()
            (dist / name).write_text("x")
            self.assert_refused(self.collect(), "an artifact's name is not usable")
            (dist / name).unlink()
            dist.rmdir()

    def test_a_folder_behind_a_link_out_of_the_project_is_not_handed_over(self):
        elsewhere = self.runner.folder / "elsewhere" / "release"
        elsewhere.mkdir(parents=True)
        (elsewhere / "secret").write_text("of the machine")
        (self.runner.workspace / "out").symlink_to(elsewhere.parent)
        self.assert_refused(self.collect("out/release"), "the folder out/release is not in the project")

    def test_a_link_a_folder_and_nothing_are_no_artifacts(self):
        dist = self.runner.workspace / "dist"
        self.assert_refused(self.collect(), "left no folder")
        dist.mkdir()
        self.assert_refused(self.collect(), "left nothing in dist")
        (dist / "link").symlink_to("/etc/passwd")
        self.assert_refused(self.collect(), "not a regular file: link")
        (dist / "link").unlink()
        (dist / "folder").mkdir()
        self.assert_refused(self.collect(), "not a regular file: folder")
        for folder in ("", "/etc", "../x", "-x"):
            self.assert_refused(self.collect(folder), "not one below the repository's root")


REQUEST_TYPE = "https://github.com/slsa-tools/slsa/blob/main/docs/reference/predicates/delegation-request-v1.md"


class Delegation(Case):
    """Who asks the delegator, for what, and in which run. The answer of slsa-verify is made up here, field by field."""

    RUN = {
        "GITHUB_REPOSITORY": "owner/project",
        "GITHUB_SHA": "5" * 40,
        "GITHUB_REF": "refs/tags/v1.2.3",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "2",
    }
    REQUEST = {
        "version": 1,
        "delegator": "slsa-tools/slsa/.github/workflows/delegator.yml",
        "action": "build",
        "inputs": {"folder": "src", "name": "$(id)"},
    }
    EXTENSIONS = {
        "issuer": "https://token.actions.githubusercontent.com",
        "runner-environment": "github-hosted",
        "source-repository-uri": "https://github.com/owner/project",
        "source-repository-digest": "5" * 40,
        "source-repository-ref": "refs/tags/v1.2.3",
        "build-trigger": "push",
        "run-invocation-uri": "https://github.com/owner/project/actions/runs/77/attempts/2",
        "build-signer-uri": "https://github.com/author/archive/.github/workflows/archive.yml@refs/tags/v2.0.0",
        "build-signer-digest": "b" * 40,
    }

    def check(self, request=None, extensions=None, answer=None, text=None, kind=REQUEST_TYPE, more=(), **variables):
        """Checks a request of which one thing is another; an extension that is None is missing."""
        told = {**self.EXTENSIONS, **(extensions or {})}
        verified = {
            "signer": {"extensions": [{"name": name, "value": value} for name, value in [*told.items(), *more] if value is not None]},
            "statement": {"predicateType": kind},
        }
        attestation = {"verdict": "accepted", "verified": verified}
        answer = answer or {"accepted": True, "artifacts": [{"requirements": [{"attestations": [attestation]}]}]}
        self.runner.close()
        self.runner.__init__()
        self.runner.released(
            "slsa-verify", f"#!/usr/bin/env bash\nprintf '%s\\n' slsa-verify \"$@\" >>'{self.runner.calls}'\ncat <<'E'\n{json.dumps(answer)}\nE\n"
        )
        request = json.dumps({**self.REQUEST, **(request or {})})
        text = text or ".".join(base64.b64encode(part.encode()).decode() for part in ("{}", request))
        return self.runner.run(
            "internal/delegation/check.sh",
            **{
                "UNTRUSTED_REQUEST": text,
                "UNTRUSTED_ARTIFACTS": "dist",
                "UNTRUSTED_BUILD_FROM_SOURCE": "false",
                **self.RUN,
                **variables,
            },
        )

    def test_the_tool_is_whose_workflow_signed_at_the_commit_of_the_certificate(self):
        result = self.check()
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(result.outputs["tool-repository"], "author/archive")
        self.assertEqual(result.outputs["tool-commit"], "b" * 40)
        self.assertEqual(json.loads(result.outputs["inputs"]), {"folder": "src", "name": "$(id)"})
        self.assertEqual(
            json.loads(result.outputs["definition"]),
            {
                "tool": {
                    "uri": "git+https://github.com/author/archive",
                    "digest": {"gitCommit": "b" * 40},
                    "workflow": ".github/workflows/archive.yml",
                    "ref": "refs/tags/v2.0.0",
                },
                "action": "build",
                "toolInputs": {"folder": "src", "name": "$(id)"},
                "artifacts": "dist",
            },
        )
        calls = self.runner.call_log().split("\n")
        self.assertEqual(calls[-3:-1], ["--", "request.json"])

    def test_a_request_of_another_run_repository_or_kind_is_refused_field_by_field(self):
        others = {
            "issuer": "https://token.actions.githubusercontent.com.evil",
            "runner-environment": "self-hosted",
            "source-repository-uri": "https://github.com/attacker/project",
            "source-repository-digest": "6" * 40,
            "source-repository-ref": "refs/heads/main",
            "build-trigger": "pull_request_target",
            "run-invocation-uri": "https://github.com/owner/project/actions/runs/76/attempts/2",
        }
        for name, other in others.items():
            for value in (other, None):
                result = self.check(extensions={name: value})
                self.assert_refused(result, f"the request is not of this run: {name} is")
                self.assertEqual(result.outputs, {})
        self.assert_refused(self.check(kind="https://slsa.dev/provenance/v1"), "predicate-type is")

    def test_a_replay_from_an_earlier_attempt_of_this_run_is_refused(self):
        earlier = "https://github.com/owner/project/actions/runs/77/attempts/1"
        self.assert_refused(self.check(extensions={"run-invocation-uri": earlier}), "run-invocation-uri is")

    def test_a_request_to_another_delegator_or_of_another_form_is_refused(self):
        for change in (
            {"delegator": "attacker/slsa/.github/workflows/delegator.yml"},
            {"version": 2},
            {"inputs": "x"},
            {"more": 1},
            {"action": ["build"]},
        ):
            self.assert_refused(self.check(request=change), "not one to this delegator, of version 1")
        for action in ("../x", "/etc", "a/./b", "a//b", "-x", "a\nb", "$(id)", ""):
            self.assert_refused(self.check(request={"action": action}), "the action is not a folder below")

    def test_a_signer_that_is_no_release_of_a_tool_is_refused(self):
        workflow = "https://github.com/author/archive/.github/workflows/archive.yml"
        for ref in ("refs/heads/main", "refs/tags/v1", "refs/tags/x/archive.yml@refs/tags/v1.0.0", "a" * 40, ""):
            result = self.check(extensions={"build-signer-uri": f"{workflow}@{ref}"})
            self.assertNotEqual(result.code, 0, ref)
            self.assertEqual(result.outputs, {})
        pinned = self.check(extensions={"build-signer-uri": f"{workflow}@{'b' * 40}"})
        self.assertEqual(pinned.code, 0, pinned.log)
        for uri in ("https://github.com.evil/a/b/.github/workflows/x.yml@refs/tags/v1.0.0", "x", None):
            self.assert_refused(self.check(extensions={"build-signer-uri": uri}), "no workflow of GitHub's")
        self.assert_refused(self.check(extensions={"build-signer-digest": None}), "no commit of the tool")

    def test_a_branch_named_like_a_command_stays_a_text(self):
        branch = "refs/heads/$(touch${IFS}marker)`touch${IFS}marker`%0A::add-path::evil"
        result = self.check(extensions={"source-repository-ref": branch}, GITHUB_REF=branch)
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(result.commands(), [])
        self.assert_refused(self.check(GITHUB_REF=branch), "source-repository-ref is 'refs/tags/v1.2.3', expected 'refs/heads/$(")
        self.assertEqual(list(self.runner.folder.rglob("marker")), [])

    def test_an_extension_that_stands_twice_is_refused(self):
        result = self.check(more=[("issuer", "https://token.actions.githubusercontent.com")])
        self.assert_refused(result, "not of one signature")

    def test_an_answer_without_exactly_one_accepted_signature_is_refused(self):
        attestation = {"verdict": "accepted", "verified": {"signer": {"extensions": []}, "statement": {}}}
        for answer in (
            {"accepted": False, "artifacts": []},
            {"accepted": True, "artifacts": []},
            {"accepted": True, "artifacts": [{"requirements": [{"attestations": [attestation, attestation]}]}]},
        ):
            self.assert_refused(self.check(answer=answer), "not of one signature")

    def test_a_request_that_was_dropped_or_is_no_request_is_refused(self):
        for text in ("", "***", "e30=", "e30=.", "e30=.e30=.e30=", "e30=.e30=\n", "." * 3, "A" * 123000 + ".e30="):
            result = self.check(text=text or " ")
            self.assert_refused(result, "there is no request")
            self.assertNotIn("curl", self.runner.call_log())

    @needs("slsa-attest")
    @needs("slsa-verify")
    def test_a_request_that_an_unknown_authority_vouches_for_is_refused(self):
        self.runner.released_attestor()
        asked = self.runner.run(
            "delegate/request.sh",
            UNTRUSTED_ACTION="build",
            UNTRUSTED_INPUTS='{\n  "folder": "src"\n}',
            UNTRUSTED_ALLOW_PUBLIC_LOG="false",
            UNTRUSTED_BUILD_FROM_SOURCE="false",
            **TOKEN,
        )
        self.assertEqual(asked.code, 0, asked.log)
        bundle, request = (base64.b64decode(part) for part in asked.outputs["request"].split("."))
        self.assertEqual(json.loads(request), {**self.REQUEST, "inputs": {"folder": "src"}})
        statement = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
        self.assertEqual(statement["predicateType"], REQUEST_TYPE)
        self.assertEqual(statement["subject"][0]["digest"]["sha256"], hashlib.sha256(request).hexdigest())
        # The sandbox's authority is nobody's here, and the real verifier says so.
        self.runner.released_verifier()
        result = self.runner.run(
            "internal/delegation/check.sh",
            UNTRUSTED_REQUEST=asked.outputs["request"],
            UNTRUSTED_BUILD_FROM_SOURCE="false",
            **self.RUN,
        )
        self.assert_refused(result, "not signed by anybody whom a built-in authority knows")

    def test_a_request_needs_a_token_and_plain_inputs(self):
        def ask(**variables):
            defaults = {
                "UNTRUSTED_ACTION": "build",
                "UNTRUSTED_INPUTS": "{}",
                "UNTRUSTED_ALLOW_PUBLIC_LOG": "false",
                "UNTRUSTED_BUILD_FROM_SOURCE": "false",
            }
            return self.runner.run("delegate/request.sh", **{**defaults, **TOKEN, **variables})

        self.assert_refused(ask(ACTIONS_ID_TOKEN_REQUEST_URL=None), "permissions:%0A  id-token: write")
        self.assert_refused(ask(UNTRUSTED_ACTION="../x"), "not a folder below the tool's root")
        for inputs in ("", "[]", "{} {}", "***"):
            self.assert_refused(ask(UNTRUSTED_INPUTS=inputs), "not one object of JSON")

    def tool(self, action="build", **variables):
        return self.runner.run("internal/tool/tool.sh", UNTRUSTED_ACTION=action, **variables)

    def test_the_tools_action_is_put_in_its_place_and_its_repository_away(self):
        folder = self.runner.workspace / "__slsa_tool__" / "build"
        folder.mkdir(parents=True)
        self.assert_refused(self.tool(), "the tool has no action in build")
        (folder / "action.yml").write_text("x")
        (folder / "link").symlink_to("/etc")
        self.assert_refused(self.tool(), "has symbolic links")
        (folder / "link").unlink()
        self.assert_refused(self.tool(**TOKEN), "could ask for an identity token")
        self.assertEqual(self.tool().code, 0)
        self.assertEqual([path.name for path in self.runner.workspace.iterdir()], ["__slsa_tool_action__"])
        self.assert_refused(self.tool(), "the project has a folder __slsa_tool_action__ of its own")


class Npm(Case):
    PACKAGE = {"name": "@scope/tool", "version": "1.2.3", "scripts": {"build": "echo '::add-path::/evil' && echo built > out.txt"}}

    def project(self, **changes):
        package = {**self.PACKAGE, **changes}
        lock = {"name": package["name"], "version": package["version"], "lockfileVersion": 3, "packages": {"": {}}}
        (self.runner.workspace / "package.json").write_text(json.dumps(package))
        (self.runner.workspace / "package-lock.json").write_text(json.dumps(lock))

    def pack(self, **variables):
        return self.runner.run(
            "internal/npm-pack/pack.sh", **{"UNTRUSTED_DIRECTORY": ".", "NPM_CONFIG_OFFLINE": "true", **variables}
        )

    def test_the_package_is_built_packed_and_named_from_the_tarball(self):
        self.project()
        result = self.pack(UNTRUSTED_RUN_SCRIPTS="build")
        self.assertEqual(result.code, 0, result.log)
        tarball = result.outputs["tarball-path"]
        self.assertEqual(result.outputs["tarball-sha256"], sha256(tarball))
        self.assertEqual(result.outputs["tarball-sha512"], hashlib.sha512(Path(tarball).read_bytes()).hexdigest())
        self.assertEqual((result.outputs["package-name"], result.outputs["package-version"]), ("@scope/tool", "1.2.3"))
        listing = subprocess.run(["tar", "-tzf", tarball], capture_output=True, text=True, check=True).stdout
        self.assertIn("package/out.txt", listing)
        self.assertEqual(result.commands(), [], "what the build prints is no command")

    def test_a_build_job_that_could_ask_for_a_token_builds_nothing(self):
        self.project()
        self.assert_refused(self.pack(**TOKEN), "the build job could ask for an identity token")

    def test_scripts_on_several_lines_all_run_and_are_all_recorded(self):
        self.project(scripts={"one": "echo 1 >one.txt", "two": "echo 2 >two.txt"})
        scripts = "\none\n  two\n"
        result = self.pack(UNTRUSTED_RUN_SCRIPTS=scripts)
        self.assertEqual(result.code, 0, result.log)
        listing = subprocess.run(["tar", "-tzf", result.outputs["tarball-path"]], capture_output=True, text=True, check=True).stdout
        self.assertTrue({"package/one.txt", "package/two.txt"} <= set(listing.splitlines()), listing)
        recorded = json.loads(self.subject(UNTRUSTED_RUN_SCRIPTS=scripts).outputs["parameters"])
        self.assertEqual(recorded["runScripts"], ["one", "two"])
        self.assert_refused(self.pack(UNTRUSTED_RUN_SCRIPTS="one\n$(id)"), "not the name of a script")

    def test_a_folder_and_a_script_have_plain_names(self):
        self.project()
        for folder in ("/etc", "../x", "a/../..", "-x"):
            self.assert_refused(self.pack(UNTRUSTED_DIRECTORY=folder), "not one below the repository's root")
        for script in ("--prefix=/evil", "$(id)", "a;b"):
            self.assert_refused(self.pack(UNTRUSTED_RUN_SCRIPTS=script), "not the name of a script")

    def subject(self, **variables):
        return self.runner.run(
            "internal/npm-subject/subject.sh",
            **{
                "UNTRUSTED_PACKAGE_NAME": "@scope/tool",
                "UNTRUSTED_PACKAGE_VERSION": "1.2.3-rc.1",
                "UNTRUSTED_DIRECTORY": ".",
                "UNTRUSTED_NODE_VERSION": "22",
                "UNTRUSTED_TARBALL_SHA512": "a" * 128,
                **variables,
            },
        )

    def test_the_subject_is_the_purl_that_the_registry_expects(self):
        self.assertEqual(self.subject().outputs["subject"], "pkg:npm/%40scope/tool@1.2.3-rc.1@sha512:" + "a" * 128)

    def test_what_it_was_built_with_stays_a_text(self):
        result = self.subject(UNTRUSTED_DIRECTORY="a/b", UNTRUSTED_NODE_VERSION='22"}', UNTRUSTED_RUN_SCRIPTS=" build\n  test")
        self.assertEqual(
            json.loads(result.outputs["parameters"]),
            {"directory": "a/b", "nodeVersion": '22"}', "runScripts": ["build", "test"]},
        )
        self.assertEqual(json.loads(self.subject().outputs["parameters"])["runScripts"], [])

    def test_a_name_that_no_registry_gives_out_is_refused(self):
        for name in ("", "a\nb", "a@b", "@a/b/c", "../a", "A", "a%0A", "$(id)", "a" * 215):
            self.assert_refused(self.subject(UNTRUSTED_PACKAGE_NAME=name), "not the name of a package")
        for version in ("", "1", "1.2.3\n", "latest", "1.2.3@sha256"):
            self.assert_refused(self.subject(UNTRUSTED_PACKAGE_VERSION=version), "not the version of a package")
        self.assert_refused(self.subject(UNTRUSTED_TARBALL_SHA512=""), "the digest is empty")

    def publish(self, **variables):
        folders = [self.runner.temp / name for name in ("tarball", "provenance")]
        files = [folders[0] / "tool-1.2.3.tgz", folders[1] / "provenance.sigstore.json"]
        for folder, file in zip(folders, files):
            folder.mkdir(exist_ok=True)
            file.write_text("x")
        self.runner.fake("npm", f'cp "$NPM_CONFIG_USERCONFIG" "{self.runner.folder}/npmrc"')
        return self.runner.run(
            "internal/npm-publish/publish.sh",
            **{
                "TARBALL_FOLDER": folders[0],
                "BUNDLE_FOLDER": folders[1],
                "UNTRUSTED_TARBALL_SHA256": sha256(files[0]),
                "UNTRUSTED_BUNDLE_SHA256": sha256(files[1]),
                "UNTRUSTED_REGISTRY": "https://registry.npmjs.org",
                "UNTRUSTED_ACCESS": "public",
                "UNTRUSTED_TAG": "latest",
                "NODE_AUTH_TOKEN": "npm-secret",
                **variables,
            },
        )

    def test_the_tarball_is_published_with_its_provenance_and_no_script(self):
        result = self.publish()
        self.assertEqual(result.code, 0, result.log)
        calls = self.runner.call_log().split("\n")
        self.assertEqual(calls[:3], ["npm", "publish", "--ignore-scripts"])
        self.assertTrue(any(call.startswith("--provenance-file=") for call in calls))
        self.assertTrue(calls[calls.index("--") + 1].endswith("/tool-1.2.3.tgz"))
        self.assertNotIn("npm-secret", self.runner.call_log() + result.log + (self.runner.folder / "npmrc").read_text())
        self.assertIn("npm-secret", self.runner.environment_of("npm"))

    def test_what_was_changed_after_its_digest_left_is_not_published(self):
        for name in ("UNTRUSTED_TARBALL_SHA256", "UNTRUSTED_BUNDLE_SHA256"):
            self.assert_refused(self.publish(**{name: "a" * 64}), "changed after its digest left the job")
            self.assert_refused(self.publish(**{name: ""}), "the digest is empty")
        self.assertEqual(self.runner.call_log(), "")

    def test_a_second_file_in_the_artifact_is_refused(self):
        self.publish()
        (self.runner.temp / "tarball" / "other.tgz").write_text("x")
        self.assert_refused(self.publish(), "has 2 entries")

    def test_the_registry_is_an_address_and_the_token_is_there(self):
        for registry in ("http://registry.npmjs.org", "https://e.org/ --access=public", "https://e.org\n//x/:_authToken=y", ""):
            self.assert_refused(self.publish(UNTRUSTED_REGISTRY=registry), "not the address of a registry")
        self.assert_refused(self.publish(NODE_AUTH_TOKEN=""), "the secret npm-token is empty")
        self.assert_refused(self.publish(UNTRUSTED_TAG="--x"), "not a distribution tag")


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("VERBOSITY", "1")))
