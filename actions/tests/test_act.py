"""The workflows and composite actions, run by act on this host: every job, in its order, with its own permissions aside.

`$/` is not known to act, so it becomes this repository at a commit, which is what GitHub makes of it. Actions of others
are the stand-ins. The emulator has no identity tokens: a sandbox stands in for GitHub's issuer, and gives the signing
job a token of this very run and workflow. What comes out is judged by slsa-verify with its built-in table of builders.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from harness import ROOT, Runner, Sandbox, program  # noqa: E402
from test_scripts import POLICY, sha256  # noqa: E402

ACT = os.environ.get("ACT") or shutil.which("act")
COMMIT = "c" * 40
TOOL_COMMIT = "b" * 40
PROGRAMS = all(program(name) for name in ("slsa-attest", "slsa-verify", "slsa-sandbox"))
STAND_INS = Path(__file__).parent / "stand-ins"

PERMISSIONS = "    permissions:\n      contents: read\n      id-token: write\n      attestations: write\n"


@unittest.skipUnless(ACT, "act is not installed")
@unittest.skipUnless(PROGRAMS, "not all of slsa-attest, slsa-verify and slsa-sandbox were built")
class Act(unittest.TestCase):
    # The reusable workflow that signs; None for a step in the caller's own job.
    WORKFLOW = None

    def setUp(self):
        self.runner = Runner()
        self.addCleanup(self.runner.close)
        self.project = self.runner.folder / "project"
        self.store = self.runner.folder / "store"
        self.store.mkdir()
        workflows = self.project / ".github" / "workflows"
        workflows.mkdir(parents=True)
        self.checksums = (self.runner.actions / "setup" / "checksums.txt").read_text()
        self.repository = (ROOT / "actions" / "repository.txt").read_text().strip()
        for path in (ROOT / ".github" / "workflows").glob("*.yml"):
            text = path.read_text()
            workflows.joinpath(path.name).write_text(self.resolved(text))

    def resolved(self, text):
        return re.sub(r"\$/(actions/[a-z/-]+)", rf"{self.repository}/\1@{COMMIT}", text).replace("uses: $/", "uses: ./")

    def sandbox(self, name, workflow=None, commit=COMMIT, **run):
        """A sandbox that gives tokens of this run to a reusable workflow, or to the run's own one."""
        git = ["git", "-C", str(self.project), "rev-parse", "HEAD"]
        described = {
            "server-url": "https://github.com",
            "repository": "example/project",
            "ref": "refs/heads/$(id)",
            "sha": subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip(),
            "workflow-path": ".github/workflows/caller.yml",
            "run-id": 1,
            **run,
        }
        if workflow:
            described["reusable-workflow"] = {"workflow": workflow, "sha": commit}
        folder = self.runner.folder / f"sandbox-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        sandbox = Sandbox(folder, described)
        self.addCleanup(sandbox.close)
        self.trusted_root = sandbox.trusted_root
        return sandbox

    def sandboxes(self):
        """Where each command of the attestor signs."""
        workflow = self.WORKFLOW and f"{self.repository}/.github/workflows/{self.WORKFLOW}@refs/tags/v1.2.3"
        return {"provenance": self.sandbox("signer", workflow)}

    def release_programs(self):
        """The programs that were built, as those of a release whose checksums are known."""
        # The emulator's run has another commit each time, and tokens of a run are of its commit.
        (self.runner.actions / "setup" / "checksums.txt").write_text(self.checksums)
        self.runner.released_attestor_of(self.sandboxes())
        self.release_verifier()

    def release_verifier(self):
        self.runner.released_verifier()

    def judged(self, artifact, bundle, level):
        """What slsa-verify says of a file or a digest, with its own table of builders."""
        command = [program("slsa-verify"), "artifact", artifact, "--bundle", bundle, "--trusted-root", self.trusted_root]
        command += ["--source-uri", "github.com/example/project", "--min-level", level]
        ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        return ran.returncode, ran.stdout + ran.stderr

    def assert_level(self, artifact, bundle, level):
        """Demands that it is accepted at this level, and at none above."""
        code, log = self.judged(artifact, bundle, level)
        self.assertEqual(code, 0, log)
        if level < 3:
            code, log = self.judged(artifact, bundle, level + 1)
            self.assertEqual(code, 11, log)
            self.assertIn("level", log)

    def act(self, caller, event=None, **variables):
        """Runs a caller's workflow in the project. Returns its exit code and log."""
        (self.project / ".github" / "workflows" / "caller.yml").write_text(self.resolved(caller))
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "-C", str(self.project)]
        if not (self.project / ".git").exists():
            subprocess.run([*git, "init", "-q"], check=True)
            subprocess.run([*git, "remote", "add", "origin", "https://github.com/example/project"], check=True)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "--allow-empty", "-qm", "x"], check=True)
        self.release_programs()
        event_file = self.runner.folder / "event.json"
        event_file.write_text(json.dumps(event or {"repository": {"id": 1001}, "ref": "refs/heads/$(id)"}))
        replaced = [f"{self.repository}@{COMMIT}={self.runner.actions.parent}"]
        for text in (path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")):
            for name, commit in re.findall(r"uses: actions/([a-z-]+)@([0-9a-f]{40})", text):
                if (STAND_INS / name).exists():
                    replaced.append(f"actions/{name}@{commit}={STAND_INS / name}")
        command = [ACT, "push", "-W", ".github/workflows/caller.yml", "-P", "ubuntu-24.04=-self-hosted", "--no-cache-server"]
        command += ["--eventpath", str(event_file), "--actor", "somebody"]
        command += [argument for entry in sorted(set(replaced)) for argument in ("--local-repository", entry)]
        variables = {"STAND_IN_STORE": self.store, "RUNNER_ENVIRONMENT": "github-hosted", **variables}
        command += [argument for name, value in variables.items() for argument in ("--env", f"{name}={value}")]
        environment = {
            "PATH": f"{self.runner.fakes}:{os.environ['PATH']}",
            "HOME": str(self.runner.folder),
            "XDG_CACHE_HOME": str(self.runner.folder / "cache"),
        }
        process = subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, timeout=120)
        # Bundles in base64 are more than anybody reads.
        return process.returncode, re.sub(r"[A-Za-z0-9+/=.]{200,}", "…", process.stdout + process.stderr)

    def stored(self):
        """The files in the store of artifacts, by artifact."""
        return {path.name: sorted(file.name for file in path.iterdir()) for path in sorted(self.store.iterdir())}

    def statement(self, bundle):
        envelope = json.loads(Path(bundle).read_text())["dsseEnvelope"]
        return json.loads(base64.b64decode(envelope["payload"]))


class Generic(Act):
    WORKFLOW = "generic.yml"

    CALLER = """on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    outputs:
      subjects: ${{ steps.hash.outputs.subjects }}
    steps:
      - id: hash
        run: |
          echo hello >hello.txt
          echo "subjects=$(sha256sum hello.txt | base64 -w0)" >>"$GITHUB_OUTPUT"
  provenance:
    needs: build
%s    uses: $/.github/workflows/generic.yml
    with:
      base64-subjects: ${{ needs.build.outputs.subjects }}
      github-store: false
  use:
    needs: provenance
    runs-on: ubuntu-24.04
    steps:
      - run: echo "$SHA256" >"$STAND_IN_STORE/digest"
        env:
          SHA256: ${{ needs.provenance.outputs.provenance-sha256 }}
""" % PERMISSIONS

    def test_the_digests_of_a_build_come_out_as_a_bundle(self):
        code, log = self.act(self.CALLER)
        self.assertEqual(code, 0, log)
        bundle = self.store / "1" / "provenance.sigstore.json"
        self.assertEqual([subject["name"] for subject in self.statement(bundle)["subject"]], ["hello.txt"])
        self.assertEqual((self.store / "digest").read_text().strip(), sha256(bundle))
        hello = "sha256:" + hashlib.sha256(b"hello\n").hexdigest()
        self.assert_level(hello, bundle, 3)
        self.assertIn("--signer-workflow=slsa-tools/slsa/.github/workflows/generic.yml", self.runner.call_log())

    def test_a_workflow_of_another_repository_is_not_signed_for_and_its_own_copy_is_no_builder(self):
        attacker = "attacker/slsa/.github/workflows/generic.yml@refs/tags/v1.2.3"
        self.sandboxes = lambda: {"provenance": self.sandbox("signer", attacker)}
        code, log = self.act(self.CALLER)
        self.assertNotEqual(code, 0)
        self.assertIn("attacker/slsa", log)
        self.assertEqual(self.stored(), {})

        # Whoever copies everything, and says so everywhere, signs as who it is.
        (self.runner.actions / "repository.txt").write_text("attacker/slsa\n")
        (self.project / ".github" / "workflows" / "generic.yml").write_text(
            self.resolved((ROOT / ".github" / "workflows" / "generic.yml").read_text()).replace(
                "SIGNER_WORKFLOW: slsa-tools/", "SIGNER_WORKFLOW: attacker/"
            )
        )
        code, log = self.act(self.CALLER)
        self.assertEqual(code, 0, log)
        hello = "sha256:" + hashlib.sha256(b"hello\n").hexdigest()
        for level in (1, 3):
            code, log = self.judged(hello, self.store / "1" / "provenance.sigstore.json", level)
            self.assertEqual(code, 11, log)
            self.assertIn("builder-untrusted", log)

    def test_an_output_that_was_dropped_ends_the_run(self):
        code, log = self.act(self.CALLER.replace('"subjects=$(', '"other=$('))
        self.assertNotEqual(code, 0)
        self.assertIn("there is nothing to attest", log)
        self.assertEqual(self.stored(), {})

    MANIFEST = """on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    outputs:
      id: ${{ steps.upload.outputs.artifact-id }}
      sha256: ${{ steps.hash.outputs.sha256 }}
    steps:
      - id: hash
        run: |
          echo hello >hello.txt
          sha256sum hello.txt >"$RUNNER_TEMP/SHA256SUMS"
          echo "sha256=$(sha256sum <"$RUNNER_TEMP/SHA256SUMS" | head -c 64)" >>"$GITHUB_OUTPUT"
      - id: upload
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with:
          name: package-manifest
          path: ${{ runner.temp }}/SHA256SUMS
  provenance:
    needs: build
%s    uses: $/.github/workflows/generic.yml
    with:
      manifest-artifact-id: ${{ needs.build.outputs.id }}
      manifest-sha256: ${{ needs.build.outputs.sha256 }}
      github-store: false
""" % PERMISSIONS

    def test_a_manifest_is_fetched_by_its_id_and_signed(self):
        code, log = self.act(self.MANIFEST)
        self.assertEqual(code, 0, log)
        statement = self.statement(self.store / "2" / "provenance.sigstore.json")
        self.assertEqual([subject["name"] for subject in statement["subject"]], ["hello.txt"])

    def test_a_manifest_that_was_swapped_or_joined_in_the_store_is_not_signed(self):
        for attack, message in (("swap", "was changed after its digest left the job"), ("add", "has 2 entries")):
            shutil.rmtree(self.store)
            self.store.mkdir()
            code, log = self.act(self.MANIFEST, STAND_IN_ATTACK=attack)
            self.assertNotEqual(code, 0)
            self.assertIn(message, log)
            self.assertNotIn("slsa-attest\n", self.runner.call_log())


class Container(Act):
    WORKFLOW = "container.yml"

    CALLER = """on: push
jobs:
  provenance:
%s    uses: $/.github/workflows/container.yml
    with:
      image: ghcr.io/example/project
      digest: %s
      github-store: false
"""

    def test_the_digest_of_an_image_comes_out_as_a_bundle(self):
        code, log = self.act(self.CALLER % (PERMISSIONS, "sha256:" + "a" * 64))
        self.assertEqual(code, 0, log)
        statement = self.statement(self.store / "1" / "provenance.sigstore.json")
        self.assertEqual(statement["subject"], [{"name": "ghcr.io/example/project", "digest": {"sha256": "a" * 64}}])
        self.assert_level("sha256:" + "a" * 64, self.store / "1" / "provenance.sigstore.json", 3)

    def test_a_tag_is_no_digest(self):
        code, log = self.act(self.CALLER % (PERMISSIONS, "v1"))
        self.assertNotEqual(code, 0)
        self.assertIn("not REGISTRY/NAME@sha256:HEX", log)


class ContainerBased(Act):
    WORKFLOW = "container-based.yml"

    CALLER = """on: push
jobs:
  build:
%s    uses: $/.github/workflows/container-based.yml
    with:
      image: docker.io/library/rust
      image-digest: sha256:%s
      command: '["make", "dist"]'
      github-store: false
""" % (PERMISSIONS, "a" * 64)

    def test_a_build_in_an_image_is_attested_with_its_command(self):
        self.runner.fake("docker", "mkdir -p dist; echo built >dist/tool")
        code, log = self.act(self.CALLER)
        self.assertEqual(code, 0, log)
        self.assertEqual(self.stored(), {"1": ["tool"], "2": ["provenance.sigstore.json"]})
        tool, bundle = self.store / "1" / "tool", self.store / "2" / "provenance.sigstore.json"
        parameters = self.statement(bundle)["predicate"]["buildDefinition"]["externalParameters"]
        self.assertEqual(parameters["command"], ["make", "dist"])
        self.assertEqual(parameters["builderImage"]["digest"], {"sha256": "a" * 64})
        self.assert_level(tool, bundle, 3)

    def test_a_build_that_fails_is_not_attested(self):
        self.runner.fake("docker", "mkdir -p dist; echo built >dist/tool; exit 1")
        code, log = self.act(self.CALLER)
        self.assertNotEqual(code, 0)
        self.assertIn("the command failed in its image", log)
        self.assertEqual(self.stored(), {})


class Delegated(Act):
    """The example tool, as its user calls it: request, check, build, sign."""

    WORKFLOW = "delegator.yml"

    CALLER = """on: push
jobs:
  archive:
%s    uses: $/.github/workflows/archive.yml
    with:
      folder: src
      name: sources
""" % PERMISSIONS

    def setUp(self):
        super().setUp()
        example = ROOT / "actions" / "examples" / "archive"
        text = (example / ".github" / "workflows" / "archive.yml").read_text()
        text = re.sub(rf"{self.repository}/(\.github/workflows/[a-z.-]+)@v0\.1\.0", r"$/\1", text)
        text = re.sub(rf"{self.repository}/(actions/[a-z]+)@v0\.1\.0", r"$/\1", text)
        # The emulator has no identity tokens and no store of attestations.
        text = text.replace("    timeout-minutes: 10\n", "    timeout-minutes: 10\n    env:\n      ACTIONS_ID_TOKEN_REQUEST_URL: x\n")
        text = text.rstrip() + "\n      github-store: false\n"
        (self.project / ".github" / "workflows" / "archive.yml").write_text(self.resolved(text))
        (self.project / "src").mkdir()
        (self.project / "src" / "a.txt").write_text("a")
        self.tool = example

    def sandboxes(self):
        """The tool's workflow signs the request, and the delegator the provenance."""
        workflow = "author/archive/.github/workflows/archive.yml@refs/tags/v2.0.0"
        tool = self.sandbox("tool", workflow, TOOL_COMMIT, **self.REQUEST)
        return {"predicate": tool, **super().sandboxes()}

    def release_verifier(self):
        """The delegator believes the built-in authorities, among which the sandbox is not."""
        self.runner.released_verifier("--trusted-root", self.trusted_root)

    # In what the run differs that signs the request.
    REQUEST = {}

    def test_a_tool_builds_where_no_token_is_and_its_name_is_attested(self):
        code, log = self.act(self.CALLER, STAND_IN_TOOL=self.tool)
        self.assertEqual(code, 0, log)
        self.assertEqual(self.stored(), {"1": ["sources.tar"], "2": ["provenance.sigstore.json"]})
        sources, bundle = self.store / "1" / "sources.tar", self.store / "2" / "provenance.sigstore.json"
        parameters = self.statement(bundle)["predicate"]["buildDefinition"]["externalParameters"]
        self.assertEqual(parameters["tool"]["uri"], "git+https://github.com/author/archive")
        self.assertEqual(parameters["tool"]["digest"], {"gitCommit": TOOL_COMMIT})
        self.assertEqual(parameters["toolInputs"], {"folder": "src", "name": "sources"})
        self.assertEqual(parameters["artifacts"], "dist")
        self.assert_level(sources, bundle, 3)

    def test_a_request_of_another_run_repository_or_commit_is_not_built(self):
        for other in ({"run-id": 2}, {"run-attempt": 2}, {"repository": "example/other"}, {"sha": "d" * 40}):
            with self.subTest(other):
                self.REQUEST = other
                code, log = self.act(self.CALLER, STAND_IN_TOOL=self.tool)
                self.assertNotEqual(code, 0)
                self.assertIn("the request is not of this run", log)
                self.assertEqual(self.stored(), {})

    def test_a_tool_that_fails_is_not_attested(self):
        code, log = self.act(self.CALLER.replace("name: sources", "name: '../x'"), STAND_IN_TOOL=self.tool)
        self.assertNotEqual(code, 0)
        self.assertIn("archive: folder and name are letters", log)
        self.assertEqual(self.stored(), {})


class Npm(Act):
    WORKFLOW = "npm.yml"

    CALLER = """on: push
jobs:
  package:
%s    uses: $/.github/workflows/npm.yml
    with:
      run-scripts: build
      github-store: false
    secrets:
      npm-token: npm-secret
""" % PERMISSIONS

    def setUp(self):
        super().setUp()
        package = {"name": "@scope/tool", "version": "1.2.3", "scripts": {"build": "echo built >out.txt"}}
        lock = {**package, "lockfileVersion": 3, "packages": {"": package}}
        (self.project / "package.json").write_text(json.dumps(package))
        (self.project / "package-lock.json").write_text(json.dumps(lock))
        npm = shutil.which("npm")
        self.runner.fake("npm", f'[[ $1 == publish ]] || exec "{npm}" "$@"')

    def test_a_package_is_built_attested_and_published_in_three_jobs(self):
        code, log = self.act(self.CALLER)
        self.assertEqual(code, 0, log)
        self.assertEqual(self.stored(), {"1": ["scope-tool-1.2.3.tgz"], "2": ["provenance.sigstore.json"]})
        (subject,) = self.statement(self.store / "2" / "provenance.sigstore.json")["subject"]
        self.assertEqual(subject["name"], "pkg:npm/%40scope/tool@1.2.3")
        self.assertEqual(list(subject["digest"]), ["sha512"])
        definition = self.statement(self.store / "2" / "provenance.sigstore.json")["predicate"]["buildDefinition"]
        built_with = {name: definition["externalParameters"][name] for name in ("directory", "nodeVersion", "runScripts")}
        self.assertEqual(built_with, {"directory": ".", "nodeVersion": "22", "runScripts": ["build"]})
        self.assert_level(self.store / "1" / "scope-tool-1.2.3.tgz", self.store / "2" / "provenance.sigstore.json", 3)
        self.assertIn("--provenance-file=", self.runner.call_log())
        self.assertNotIn("npm-secret", log)

    def test_a_tarball_that_was_swapped_or_joined_in_the_store_is_not_published(self):
        for attack, message in (("swap", "was changed after its digest left the job"), ("add", "has 2 entries")):
            shutil.rmtree(self.store)
            self.store.mkdir()
            code, log = self.act(self.CALLER, STAND_IN_ATTACK=attack)
            self.assertNotEqual(code, 0)
            self.assertIn(message, log)
            self.assertNotIn("npm\npublish\n", self.runner.call_log())


class Composite(Act):
    CALLER = """on: push
jobs:
  all:
    runs-on: ubuntu-24.04
    env:
      ACTIONS_ID_TOKEN_REQUEST_URL: https://run.actions.githubusercontent.com/x
    steps:
      - run: echo hello >hello.txt
      - id: attest
        uses: $/actions/attest
        with:
          subject-path: hello.txt
          github-store: false
      - run: |
          cp "$BUNDLE" hello.txt "$STAND_IN_STORE/"
        env:
          BUNDLE: ${{ steps.attest.outputs.bundle-path }}
"""

    def test_attest_gives_a_bundle_of_the_jobs_own_file(self):
        code, log = self.act(self.CALLER)
        self.assertEqual(code, 0, log)
        statement = self.statement(self.store / "provenance.sigstore.json")
        self.assertEqual(statement["subject"][0]["digest"]["sha256"], sha256(self.store / "hello.txt"))
        self.assert_level(self.store / "hello.txt", self.store / "provenance.sigstore.json", 2)

    VERIFY = """on: push
jobs:
  use:
    runs-on: ubuntu-24.04
    steps:
      - uses: $/actions/setup
        with:
          programs: slsa-verify
      - run: slsa-verify --version
      - id: verify
        uses: $/actions/verify
        with:
          files: FOLDER/hello.txt
          bundle: FOLDER/provenance.sigstore.json
          policy: FOLDER/policy.yaml
      - run: echo "$VERDICT" >"$STAND_IN_STORE/verdict"
        env:
          VERDICT: ${{ steps.verify.outputs.verdict }}
"""

    def test_verify_lets_the_next_step_run_only_for_what_was_attested(self):
        ran = subprocess.run(
            [program("slsa-attest"), "quickstart"], cwd=self.runner.folder, capture_output=True, text=True
        )
        work = self.runner.folder / "slsa-quickstart"
        issuer = re.search(r"http://127\.0\.0\.1:\d+", ran.stdout + ran.stderr)[0] + "/oidc"
        (work / "policy.yaml").write_text(POLICY.format(root="trusted_root.json", issuer=issuer))
        caller = self.VERIFY.replace("FOLDER", str(work))
        code, log = self.act(caller)
        self.assertEqual(code, 0, log)
        self.assertEqual((self.store / "verdict").read_text(), "accepted\n")
        (self.store / "verdict").unlink()
        (work / "hello.txt").write_text("changed")
        code, log = self.act(caller)
        self.assertNotEqual(code, 0)
        self.assertIn("subject-mismatch", log)
        self.assertFalse((self.store / "verdict").exists())


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("VERBOSITY", "1")))
