#!/usr/bin/env python3
"""Holds the actions and reusable workflows against the rules that Build L3 here rests on.

Each rule has a name, a reason, and at least one broken twin: a real file of ours with one change, which the rule must
catch. A rule that catches no twin, and a twin whose text is gone, are failures as well.

    check_hardening.py [ROOT]
"""

import re
import sys
from pathlib import Path

import yaml

RULES = {}
TWINS = []
HOSTED = {"ubuntu-24.04"}
# Where else programs of a release are built, each for its own kind of machine.
BUILDING = {"ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025"}
MAX_MINUTES = 60
# What a job that may ask for a token runs, and nothing else.
SIGNING_STEPS = {
    "$/actions/internal/sign",
    "$/actions/internal/npm-subject",
    "actions/download-artifact",
    "actions/upload-artifact",
}
# Variables of our own, whose values are no caller's.
TRUSTED_VARIABLES = {
    "GITHUB_TOKEN",
    "NODE_AUTH_TOKEN",
    "SIGNER_WORKFLOW",
    "MANIFEST_FOLDER",
    "TARBALL_FOLDER",
    "BUNDLE_FOLDER",
    # What a job of ours checked, and handed over.
    "DEFINITION",
    "BUILD_TYPE",
    "PARAMETERS",
}


def rule(name):
    def register(function):
        RULES[name] = function
        return function

    return register


def twin(name, path, old, new):
    """Says that `name` must catch the file when its first `old` is `new`."""
    TWINS.append((name, path, old, new))


class Tree:
    """The files that are checked, by their path."""

    def __init__(self, files):
        self.files = files

    @classmethod
    def read(cls, root):
        paths = [
            *root.glob(".github/workflows/*.yml"),
            *root.glob("actions/**/*"),
            *root.glob("actions/**/.github/**/*"),
            *root.glob("docs/*.md"),
            *root.glob("docs/guides/*.md"),
            *root.glob("docs/reference/predicates/*.md"),
            *root.glob("docs/reference/buildtypes/*.md"),
            root / THREATS,
            *(root / path for path in TESTS.values()),
        ]
        skipped = root / "actions" / "tests"
        return cls(
            {
                str(path.relative_to(root)): path.read_text()
                for path in paths
                if path.is_file() and (skipped not in path.parents or str(path.relative_to(root)) in TESTS.values())
            }
        )

    def broken(self, path, old, new):
        if old not in self.files[path]:
            raise LookupError(f"{path} no longer has {old!r}")
        return Tree({**self.files, path: self.files[path].replace(old, new, 1)})

    def workflows(self):
        """The workflows, parsed: those that others call, and the release of this project."""
        for path, text in self.files.items():
            if path.startswith(".github/workflows/"):
                workflow = yaml.safe_load(text)
                triggers = workflow.get(True, workflow.get("on"))
                yield path, workflow, triggers or {}

    def jobs(self):
        for path, workflow, _ in self.workflows():
            for name, job in workflow["jobs"].items():
                yield f"{path}#{name}", job

    def actions(self):
        for path, text in self.files.items():
            if path.endswith("/action.yml"):
                yield path, yaml.safe_load(text)

    def steps(self):
        for where, job in self.jobs():
            for step in job.get("steps", []):
                yield where, step
        for path, action in self.actions():
            for step in action["runs"]["steps"]:
                yield path, step

    def repository(self):
        return self.files["actions/repository.txt"].strip()


def action_of(step):
    return str(step.get("uses", "")).split("@")[0]


def is_signing(job):
    permissions = job.get("permissions")
    return permissions == "write-all" or "write" == (permissions or {}).get("id-token")


# The one action that is not ours, nor of a commit in the text: the tool's, at the commit of its certificate.
TOOLS_ACTION = (".github/workflows/delegator.yml", "./__slsa_tool_action__")
GENERIC = ".github/workflows/generic.yml"
THREATS = "docs/threat-model.md"
# How the threat model calls them.
TESTS = {
    "S": "actions/tests/test_scripts.py",
    "E": "actions/tests/test_act.py",
    "R": "actions/tests/test_release.py",
}
EXAMPLE = "actions/examples/archive/.github/workflows/archive.yml"
NPM = ".github/workflows/npm.yml"
# What this project releases itself with, and the one job that may write.
RELEASE = ".github/workflows/release.yml"
PUBLISH = f"{RELEASE}#publish"


@rule("permissions-empty")
def permissions_empty(tree):
    """A job gets what it names, and nothing by default."""
    for path, workflow, _ in tree.workflows():
        if workflow.get("permissions") != {}:
            yield path, "permissions on top are not {}"


twin("permissions-empty", GENERIC, "permissions: {}\n", "")
twin("permissions-empty", GENERIC, "permissions: {}\n", "permissions: read-all\n")


@rule("job-permissions")
def job_permissions(tree):
    """A signing job has its two, the publishing job of a release its one, and every other job at most reads the source."""
    for where, job in tree.jobs():
        found = job.get("permissions")
        if not isinstance(found, dict):
            yield where, "names no permissions"
        elif is_signing(job):
            if found != {"id-token": "write", "attestations": "write"}:
                yield where, f"a signing job has {found}"
        elif found != {"contents": "write"} if where == PUBLISH else not set(found.items()) <= {("contents", "read")}:
            yield where, f"has {found}"


twin("job-permissions", GENERIC, "      attestations: write # to store the bundle at GitHub\n", "      attestations: write\n      contents: write\n")
twin("job-permissions", NPM, "      contents: read # to check out the project", "      contents: write")
twin("job-permissions", NPM, "    permissions: {}\n    steps", "    steps")
twin("job-permissions", RELEASE, "      contents: read # to check out the source", "      contents: write")
twin("job-permissions", RELEASE, "contents: write # to publish the release", "contents: write\n      id-token: write")
twin("job-permissions", RELEASE, "      contents: write # to publish the release", "      contents: write\n      actions: write")
twin("job-permissions", RELEASE, "attestations: write # to store the bundle at GitHub", "contents: write")


@rule("build-without-token")
def build_without_token(tree):
    """A job that runs the project's code can get no identity."""
    building = {"actions/checkout", "$/actions/release/build"}
    for where, job in tree.jobs():
        own_code = any(action_of(step) in building or "run" in step for step in job.get("steps", []))
        if own_code and is_signing(job):
            yield where, "runs code of the project and may ask for an identity token"


twin("build-without-token", NPM, "      contents: read # to check out the project", "      contents: read\n      id-token: write")
twin(
    "build-without-token",
    GENERIC,
    "      - name: Sign\n",
    "      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2\n      - name: Sign\n",
)


twin("build-without-token", RELEASE, "      contents: read # to check out the source", "      contents: read\n      id-token: write")


@rule("signing-job-steps")
def signing_job_steps(tree):
    """Beside the token runs our own action, and what carries artifacts. No checkout, no set-up, no cache, no shell."""
    for where, job in tree.jobs():
        if not is_signing(job):
            continue
        # A job that hands its permissions on runs no step itself.
        if "uses" in job:
            if job["uses"] != "$/.github/workflows/generic.yml":
                yield where, f"hands its token to {job['uses']}"
            continue
        for step in job.get("steps", []):
            if "run" in step or action_of(step) not in SIGNING_STEPS:
                yield where, f"a step of a signing job is {step.get('uses', 'a shell')}"
        if "$/actions/internal/sign" not in map(action_of, job.get("steps", [])):
            yield where, "may ask for a token and does not sign"


for foreign in (
    "actions/setup-node@53b83947a5a98c8d113130e565377fae1a50d02f # v6.3.0",
    "actions/cache/restore@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    "./actions/internal/sign",
):
    twin("signing-job-steps", GENERIC, "      - name: Sign\n", f"      - uses: {foreign}\n      - name: Sign\n")
twin("signing-job-steps", GENERIC, "      - name: Sign\n", "      - run: env\n      - name: Sign\n")
twin("signing-job-steps", GENERIC, "uses: $/actions/internal/sign", "uses: $/actions/internal/npm-subject")
twin("signing-job-steps", RELEASE, "uses: $/.github/workflows/generic.yml", "uses: $/.github/workflows/npm.yml")
twin("signing-job-steps", RELEASE, "uses: $/.github/workflows/generic.yml", f"uses: other/x/.github/workflows/generic.yml@{'a' * 40} # v1.0.0")


@rule("no-container")
def no_container(tree):
    """A signing job runs on the runner itself: an image would see the token."""
    for where, job in tree.jobs():
        if is_signing(job) and ({"container", "services"} & set(job)):
            yield where, "a signing job has a container or services"


twin("no-container", GENERIC, "    runs-on: ubuntu-24.04\n", "    runs-on: ubuntu-24.04\n    container: node:22\n")
twin("no-container", GENERIC, "    runs-on: ubuntu-24.04\n", "    runs-on: ubuntu-24.04\n    services:\n      x:\n        image: x\n")


@rule("uses-pinned")
def uses_pinned(tree):
    """Others' actions by commit with their version beside it; ours by the commit that is running, and where somebody else
    calls them, by a release's tag, which verifiers know."""
    ours = re.escape(tree.repository())
    for path, text in tree.files.items():
        if not path.endswith(".yml"):
            continue
        for line in text.splitlines():
            match = re.match(r"\s*(?:- )?uses:\s*(\S+)(.*)$", line)
            if match and not (
                re.fullmatch(r"\$/(actions|\.github/workflows)/[a-z0-9./-]+", match[1])
                and ".." not in match[1]
                or re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._/-]+@[0-9a-f]{40}", match[1])
                and re.fullmatch(r" # v\d+\.\d+\.\d+", match[2])
                or path.startswith("actions/examples/")
                and re.fullmatch(rf"{ours}/(actions|\.github/workflows)/[a-z-]+(\.yml)?@v\d+\.\d+\.\d+", match[1])
                or (path, match[1]) == TOOLS_ACTION
            ):
                yield path, f"not pinned: {line.strip()}"


twin("uses-pinned", GENERIC, "@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1", "@v8")
twin("uses-pinned", GENERIC, " # v8.0.1", "")
twin("uses-pinned", GENERIC, "uses: $/actions/internal/sign", "uses: slsa-tools/slsa/actions/internal/sign@v0.1.0")
twin("uses-pinned", EXAMPLE, "delegator.yml@v0.1.0", "delegator.yml@v0")
twin("uses-pinned", GENERIC, "uses: $/actions/internal/sign", "uses: slsa-tools/slsa/actions/internal/sign@main")
twin("uses-pinned", GENERIC, "uses: $/actions/internal/sign", "uses: docker://alpine:3")
twin("uses-pinned", GENERIC, "uses: $/actions/internal/sign", "uses: ./actions/internal/sign")
twin("uses-pinned", NPM, "uses: $/actions/internal/npm-pack", "uses: ./__slsa_tool_action__")


@rule("tool-by-certificate")
def tool_by_certificate(tree):
    """The delegator runs the tool at the commit that the certificate of its request names, and after the check alone."""
    path, local = TOOLS_ACTION
    (job,) = [job for where, job in tree.jobs() if where == f"{path}#build"]
    steps = job["steps"]
    checkouts = [step["with"] for step in steps if action_of(step) == "actions/checkout" and "path" in step["with"]]
    if len(checkouts) != 1 or (checkouts[0].get("repository"), checkouts[0].get("ref")) != (
        "${{ needs.check.outputs.tool-repository }}",
        "${{ needs.check.outputs.tool-commit }}",
    ):
        yield path, "the tool is not checked out by its certificate"
    actions = [action_of(step) for step in steps]
    if local not in actions or actions.index(local) != actions.index("$/actions/internal/tool") + 1:
        yield path, "something runs between the tool's action being put in its place and its run"
    if "check" not in job["needs"]:
        yield path, "builds without the check"


twin("tool-by-certificate", TOOLS_ACTION[0], "ref: ${{ needs.check.outputs.tool-commit }}", "ref: main")
twin("tool-by-certificate", TOOLS_ACTION[0], "repository: ${{ needs.check.outputs.tool-repository }}", "repository: ${{ inputs.tool }}")
twin("tool-by-certificate", TOOLS_ACTION[0], "    needs: check\n", "    needs: []\n")


@rule("no-expression-in-run")
def no_expression_in_run(tree):
    """A text that is pasted into a script is part of the script."""
    for where, step in tree.steps():
        if "${{" in str(step.get("run", "")):
            yield where, "an expression stands in a script"


twin("no-expression-in-run", "actions/attest/action.yml", "run: '\"$GITHUB_ACTION_PATH/attest.sh\"'", "run: '\"$GITHUB_ACTION_PATH/attest.sh\" ${{ inputs.output }}'")
twin("no-expression-in-run", "actions/setup/action.yml", "run: '\"$GITHUB_ACTION_PATH/setup.sh\"'", "run: 'echo ${{ github.head_ref }}'")


@rule("hosted-runner")
def hosted_runner(tree):
    """A new machine of GitHub's for each job, by a label that nobody chooses."""
    for where, job in tree.jobs():
        # A machine of another kind only builds: it holds no token, and hands over nothing that is not hashed again.
        builds = "$/actions/release/build" in map(action_of, job.get("steps", [])) and where.startswith(RELEASE)
        if job.get("runs-on") not in (HOSTED | BUILDING if builds else HOSTED) and "uses" not in job:
            yield where, f"runs on {job.get('runs-on')!r}"


twin("hosted-runner", GENERIC, "runs-on: ubuntu-24.04", "runs-on: ubuntu-latest")
twin("hosted-runner", GENERIC, "runs-on: ubuntu-24.04", "runs-on: self-hosted")
twin("hosted-runner", GENERIC, "runs-on: ubuntu-24.04", "runs-on: ${{ inputs.runner }}")
twin("hosted-runner", GENERIC, "runs-on: ubuntu-24.04", "runs-on: macos-15")
twin("hosted-runner", RELEASE, "runs-on: macos-15-intel", "runs-on: macos-latest")
twin("hosted-runner", RELEASE, "runs-on: macos-15-intel", "runs-on: ${{ matrix.runner }}")


@rule("timeouts")
def timeouts(tree):
    """No job can be kept waiting until a token that it holds has changed hands."""
    for where, job in tree.jobs():
        found = job.get("timeout-minutes")
        # A called workflow has its own, and GitHub allows none beside `uses`.
        if "uses" in job:
            continue
        if not isinstance(found, int) or found > MAX_MINUTES:
            yield where, f"timeout-minutes is {found}"


twin("timeouts", GENERIC, "    timeout-minutes: 15\n", "")
twin("timeouts", GENERIC, "timeout-minutes: 15", "timeout-minutes: 600")
twin("timeouts", RELEASE, "    timeout-minutes: 60\n", "")


@rule("own-token")
def own_token(tree):
    """A signing job asks with the token that GitHub gave to it: no caller hands in another, or a variable to find one."""
    for path, workflow, triggers in tree.workflows():
        if set(workflow.get("env") or {}) - {"SIGNER_WORKFLOW"}:
            yield path, "has variables on top beside SIGNER_WORKFLOW"
        for name, job in workflow["jobs"].items():
            if not is_signing(job):
                continue
            for item in (job, *job.get("steps", [])):
                if "env" in item:
                    yield f"{path}#{name}", "a signing job sets variables"
                if "github-token" in (item.get("with") or {}):
                    yield f"{path}#{name}", "a signing job takes a token from elsewhere"


twin("own-token", GENERIC, "          mask: ${{ inputs.mask }}\n", "          mask: ${{ inputs.mask }}\n          github-token: ${{ inputs.token }}\n")
twin("own-token", GENERIC, "    timeout-minutes: 15\n", "    timeout-minutes: 15\n    env:\n      ACTIONS_ID_TOKEN_REQUEST_URL: ${{ inputs.url }}\n")
twin("own-token", GENERIC, "env:\n  SIGNER_WORKFLOW", "env:\n  GITHUB_API_URL: ${{ inputs.api }}\n  SIGNER_WORKFLOW")


@rule("no-failure-ignored")
def no_failure_ignored(tree):
    """A step that fails ends its job, and no step runs after a failure."""
    for where, item in [*tree.steps(), *tree.jobs()]:
        if "continue-on-error" in item:
            yield where, "continue-on-error"
        if re.search(r"always\(|failure\(|cancelled\(", str(item.get("if", ""))):
            yield where, f"runs after a failure: {item['if']}"


twin("no-failure-ignored", GENERIC, "        id: sign\n", "        id: sign\n        continue-on-error: true\n")
twin("no-failure-ignored", NPM, "    if: inputs.publish\n", "    if: always() && inputs.publish\n")


@rule("secrets")
def secrets(tree):
    """Secrets are named one by one, and none is in a job that builds or signs."""
    for path, text in tree.files.items():
        if path.endswith(".yml") and re.search(r"secrets:\s*inherit", text):
            yield path, "secrets: inherit"
    for where, job in tree.jobs():
        runs_code = any("npm-pack" in action_of(step) or "checkout" in action_of(step) for step in job.get("steps", []))
        if "secrets." in str(job) and (is_signing(job) or runs_code):
            yield where, "a job that builds or signs has a secret"


twin("secrets", GENERIC, "jobs:\n", "jobs:\n  x:\n    uses: $/.github/workflows/npm.yml\n    secrets: inherit\n")
twin("secrets", NPM, "          run-scripts: ${{ inputs.run-scripts }}", "          run-scripts: ${{ secrets.npm-token }}")
twin("secrets", GENERIC, "          mask: ${{ inputs.mask }}", "          mask: ${{ secrets.x }}")


@rule("untrusted-names")
def untrusted_names(tree):
    """What a caller wrote reaches a script in a variable whose name says so."""
    for where, step in tree.steps():
        for name, value in (step.get("env") or {}).items():
            if "${{" in str(value) and not name.startswith("UNTRUSTED_") and name not in TRUSTED_VARIABLES:
                yield where, f"the variable {name} has a value of the caller's"


twin("untrusted-names", "actions/verify/action.yml", "UNTRUSTED_FILES: ", "FILES: ")


@rule("no-cache")
def no_cache(tree):
    """What another run could write into a cache, this one does not read."""
    for where, step in tree.steps():
        action, inputs = action_of(step), step.get("with") or {}
        if "cache" in action:
            yield where, f"uses {action}"
        if action == "actions/setup-node" and (inputs.get("package-manager-cache") is not False or "cache" in inputs):
            yield where, "setup-node may restore a cache"


twin("no-cache", NPM, "          package-manager-cache: false\n", "")
twin("no-cache", NPM, "          package-manager-cache: false\n", "          package-manager-cache: false\n          cache: npm\n")
twin("no-cache", NPM, "uses: actions/setup-node@", "uses: actions/cache@")
twin("no-cache", RELEASE, "uses: actions/checkout@", "uses: actions/cache@")


@rule("checkout-without-credentials")
def checkout_without_credentials(tree):
    """The build does not find a token in the folder that it builds in."""
    for where, step in tree.steps():
        if action_of(step) == "actions/checkout" and (step.get("with") or {}).get("persist-credentials") is not False:
            yield where, "checkout leaves its token behind"


twin("checkout-without-credentials", NPM, "persist-credentials: false", "persist-credentials: true")
twin("checkout-without-credentials", NPM, "        with:\n          persist-credentials: false\n", "")
twin("checkout-without-credentials", RELEASE, "persist-credentials: false", "persist-credentials: true")


@rule("called-only")
def called_only(tree):
    """A workflow that signs is started by its callers, not by an event of its own; the release by a pushed tag alone."""
    for path, _, triggers in tree.workflows():
        if path == RELEASE:
            if triggers != {"push": {"tags": ["v*.*.*"]}}:
                yield path, f"is started by {triggers}"
        elif set(triggers) != {"workflow_call"}:
            yield path, f"is started by {sorted(triggers)}"


twin("called-only", GENERIC, "on:\n", "on:\n  pull_request_target:\n")
twin("called-only", GENERIC, "on:\n", "on:\n  workflow_dispatch:\n")
twin("called-only", RELEASE, "on:\n", "on:\n  workflow_dispatch:\n")
twin("called-only", RELEASE, '    tags: ["v*.*.*"]\n', '    tags: ["v*.*.*"]\n    branches: [main]\n')


@rule("signer-workflow")
def signer_workflow(tree):
    """Each workflow says what the token must say of it, and its signing step demands that."""
    for path, workflow, _ in tree.workflows():
        if not any(is_signing(job) and "uses" not in job for job in workflow["jobs"].values()):
            continue
        expected = f"{tree.repository()}/{path}"
        found = (workflow.get("env") or {}).get("SIGNER_WORKFLOW")
        if found != expected:
            yield path, f"SIGNER_WORKFLOW is {found}, not {expected}"
    for where, step in tree.steps():
        if action_of(step) == "$/actions/internal/sign":
            if step["with"].get("signer-workflow") != "${{ env.SIGNER_WORKFLOW }}":
                yield where, "the signing step does not demand its workflow"


twin("signer-workflow", GENERIC, "workflows/generic.yml\n\njobs", "workflows/npm.yml\n\njobs")
twin("signer-workflow", GENERIC, "SIGNER_WORKFLOW: slsa-tools/", "SIGNER_WORKFLOW: attacker/")
twin("signer-workflow", GENERIC, "signer-workflow: ${{ env.SIGNER_WORKFLOW }}", "signer-workflow: ${{ inputs.signer }}")
twin("signer-workflow", "actions/repository.txt", "slsa-tools", "attacker")


@rule("one-repository-name")
def one_repository_name(tree):
    """The repository is renamed in one place, and where this rule then points."""
    owner = tree.repository().split("/")[0]
    for path, text in tree.files.items():
        if path in TESTS.values():
            continue  # which name look-alikes
        for found in re.findall(rf"\b{re.escape(owner)}/[A-Za-z0-9._-]+", text):
            if found.rstrip(".") != tree.repository():
                yield path, f"names {found}"


twin("one-repository-name", "actions/setup/README.md", "slsa-tools/slsa/", "slsa-tools/other/")


@rule("pins-agree")
def pins_agree(tree):
    """One commit for each action of others, in workflows and in what the guides tell, and a release's tag for a workflow that
    signs: verifiers know it by that."""
    pins = {}
    for path, text in tree.files.items():
        for name, commit, version in re.findall(r"uses: (actions/[a-z-]+)@([0-9a-f]{40}) # (v[0-9.]+)", text):
            first = pins.setdefault(name, (commit, version, path))
            if first[:2] != (commit, version):
                yield path, f"{name} is at {version} ({commit}), in {first[2]} at {first[1]} ({first[0]})"
        if path.endswith(".md"):
            for found in re.findall(r"uses: (?:\./|[A-Za-z0-9-]+/)[^\s]+", text):
                pin = r"v\d+\.\d+\.\d+" if "/.github/workflows/" in found else r"[0-9a-f]{40}|<commit>"
                if not re.search(rf"@({pin})$", found):
                    yield path, f"tells readers {found}"


twin("pins-agree", "docs/guides/github-generic.md", "@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "@" + "0" * 40)
twin("pins-agree", "docs/guides/github-generic.md", "generic.yml@v1.2.3", "generic.yml@main")
twin("pins-agree", "docs/guides/github-generic.md", "generic.yml@v1.2.3", "generic.yml@v1")
twin("pins-agree", "docs/guides/verify-in-workflow.md", "actions/verify@<commit>", "actions/verify@v1.2.3")


@rule("artifacts-by-id")
def artifacts_by_id(tree):
    """A job takes the one artifact whose id came through an output, not whatever has a name, into a folder of its own."""
    for where, step in tree.steps():
        inputs = step.get("with") or {}
        if action_of(step) == "actions/download-artifact":
            if set(inputs) != {"artifact-ids", "path"}:
                yield where, f"downloads by {sorted(inputs)}"
            if not re.fullmatch(r"\$\{\{ runner\.temp \}\}/[a-z0-9-]+", str(inputs.get("path"))):
                yield where, f"downloads into {inputs.get('path')}"
        if action_of(step) == "actions/upload-artifact":
            if inputs.get("if-no-files-found") != "error":
                yield where, "uploads nothing without an error"
            if not str(inputs.get("name")).endswith(".outputs.artifact-name }}") or "overwrite" in inputs:
                yield where, "uploads under a name that can be foreseen, or over another artifact"


twin("artifacts-by-id", GENERIC, "artifact-ids: ${{ inputs.manifest-artifact-id }}", "name: manifest")
twin("artifacts-by-id", GENERIC, "          path: ${{ runner.temp }}/manifest\n", "          path: ${{ runner.temp }}/manifest\n          merge-multiple: true\n")
twin("artifacts-by-id", GENERIC, "path: ${{ runner.temp }}/manifest", "path: .")
twin("artifacts-by-id", GENERIC, "          if-no-files-found: error\n", "")
twin("artifacts-by-id", GENERIC, "          name: ${{ steps.sign.outputs.artifact-name }}", "          name: provenance")
twin("artifacts-by-id", RELEASE, "artifact-ids: ${{ needs.stage.outputs.artifact-id }}", "pattern: release-*")
twin("artifacts-by-id", RELEASE, "          name: ${{ steps.build.outputs.artifact-name }}", "          name: linux-x64")


@rule("handover-digest")
def handover_digest(tree):
    """What a job downloads, a later step of it compares with a digest that came through an output or input."""
    for where, job in tree.jobs():
        steps = job.get("steps", [])
        downloads = [step for step in steps if action_of(step) == "actions/download-artifact"]
        digests = [
            value
            for step in steps
            for name, value in (step.get("with") or {}).items()
            if name.endswith("-sha256") and re.fullmatch(r"\$\{\{ (needs\.[a-z]+\.outputs|inputs)\.[a-z0-9-]+ \}\}", str(value))
        ]
        # Lists of digests: of the files of a release, and of each build of it, on a line that names its folder.
        for step in steps:
            if action_of(step) == "$/actions/release/receive":
                digests += re.findall(r"^\$\{\{ needs\.stage\.outputs\.subjects \}\}$", str(step["with"].get("subjects")))
            if action_of(step) == "$/actions/release/stage":
                digests += re.findall(r"(?m)^([a-z0-9-]+) \$\{\{ needs\.\1\.outputs\.subjects \}\}$", step["with"]["builds"])
        if len(digests) < len(downloads):
            yield where, f"{len(downloads)} downloads, {len(digests)} digests"


twin("handover-digest", GENERIC, "          manifest-sha256: ${{ inputs.manifest-sha256 }}\n", "")
twin("handover-digest", NPM, "          tarball-sha256: ${{ needs.build.outputs.tarball-sha256 }}\n", "")


twin("handover-digest", RELEASE, "            linux-arm64 ${{ needs.linux-arm64.outputs.subjects }}\n", "")
twin("handover-digest", RELEASE, "linux-arm64 ${{ needs.linux-arm64.outputs", "linux-arm64 ${{ needs.linux-x64.outputs")
twin("handover-digest", RELEASE, "          bundle-sha256: ${{ needs.provenance.outputs.provenance-sha256 }}\n", "")
twin("handover-digest", RELEASE, "          subjects: ${{ needs.stage.outputs.subjects }}\n", "")


@rule("publishing-job")
def publishing_job(tree):
    """The one job that may write builds nothing, and publishes what was attested, verified and compared."""
    jobs = dict(tree.jobs())
    if PUBLISH not in jobs:
        yield PUBLISH, "is gone"
        return
    job = jobs[PUBLISH]
    if not {"provenance", "verify"} <= set(job["needs"]):
        yield PUBLISH, "publishes what nobody signed or verified"
    expected = ["actions/download-artifact"] * 2 + ["$/actions/release/receive", "$/actions/release/publish"]
    if [action_of(step) for step in job["steps"]] != expected or any("if" in item for item in [job, *job["steps"]]):
        yield PUBLISH, "does more or less than download, compare and publish"
    if job.get("environment") != "release":
        yield PUBLISH, "asks nobody"
    (verified,) = [step for step in jobs[f"{RELEASE}#verify"]["steps"] if action_of(step) == "$/actions/verify"]
    demanded = {name: str(verified["with"].get(name)) for name in ("files", "source-uri", "source-tag", "builder-id", "min-level")}
    if demanded != {
        "files": "${{ runner.temp }}/files",
        "source-uri": f"github.com/{tree.repository()}",
        "source-tag": "${{ needs.plan.outputs.tag }}",
        "builder-id": f"https://github.com/{tree.repository()}/{GENERIC}",
        "min-level": "3",
    }:
        yield f"{RELEASE}#verify", f"demands {demanded}"


twin("publishing-job", RELEASE, "needs: [plan, stage, provenance, verify]", "needs: [plan, stage, provenance]")
twin("publishing-job", RELEASE, "    environment: release\n", "")
twin("publishing-job", RELEASE, "uses: $/actions/release/publish", "uses: $/actions/release/build")
twin("publishing-job", RELEASE, "  publish:\n", "  release:\n")
twin("publishing-job", RELEASE, '          min-level: "3"\n', "")
twin("publishing-job", RELEASE, "files: ${{ runner.temp }}/files", "files: ${{ runner.temp }}/files/SHA256SUMS")


@rule("programs-agree")
def programs_agree(tree):
    """What is built, what is released, and what setup asks for are the same."""
    targets = "[a-z0-9_]+-(?:unknown-linux-musl|apple-darwin|pc-windows-msvc)"
    released = tree.files["actions/release/programs.txt"].split()
    named = {re.fullmatch(rf"slsa-(?:attest|verify)-({targets})(?:\.exe)?", name)[1] for name in released}
    built = set(re.findall(rf"target: ({targets})\n", tree.files[RELEASE]))
    installed = set(re.findall(rf"echo ({targets}) ", tree.files["actions/setup/install.sh"]))
    if not named == built == installed:
        yield RELEASE, f"released {sorted(named)}, built {sorted(built)}, set up {sorted(installed)}"
    for name in ("slsa-attest", "slsa-verify"):
        # The machine on which our own workflows run.
        if f"{name}-x86_64-unknown-linux-musl" not in released:
            yield "actions/release/programs.txt", f"{name} is missing where the workflows run"


twin("programs-agree", RELEASE, "          target: aarch64-apple-darwin\n", "          target: x86_64-apple-darwin\n")
twin("programs-agree", "actions/release/programs.txt", "slsa-verify-x86_64-pc-windows-msvc.exe\n", "")
twin("programs-agree", "actions/release/programs.txt", "slsa-attest-x86_64-unknown-linux-musl\n", "")


@rule("locked-builds")
def locked_builds(tree):
    """Programs are built optimized, from the dependencies in Cargo.lock."""
    for path, text in tree.files.items():
        if path.endswith(".sh"):
            for found in re.findall(r"\bcargo (?:\"[^\"]*\" )?build[^|;]*", text.replace("\\\n", " ")):
                if "--release --locked" not in found:
                    yield path, f"builds by {found.splitlines()[0]}"


twin("locked-builds", "actions/release/build/build.sh", "--release --locked", "--release")
twin("locked-builds", "actions/setup/install.sh", "--release --locked", "--locked")


@rule("strict-scripts")
def strict_scripts(tree):
    """Each script stops at the first failure, and values leave a step through output() alone."""
    for path, text in tree.files.items():
        if not path.endswith(".sh") or path == "actions/lib/common.sh":
            continue
        if not text.startswith("#!/usr/bin/env bash\n") or "\nset -euo pipefail\n" not in text:
            yield path, "does not begin with bash and set -euo pipefail"
        if "GITHUB_OUTPUT:" in text or re.search(r">>\s*\"?\$\{?GITHUB_(OUTPUT|ENV)", text) or "GITHUB_ENV" in text:
            yield path, "writes an output by itself"
        if re.search(r"(^|[;&|(\s])(eval|source <)\s", text):
            yield path, "evaluates a text"


twin("strict-scripts", "actions/attest/attest.sh", "set -euo pipefail\n", "set -e\n")
twin("strict-scripts", "actions/attest/attest.sh", "sources=0\n", 'echo "x=$UNTRUSTED_OUTPUT" >>"$GITHUB_OUTPUT"\n')
twin("strict-scripts", "actions/attest/attest.sh", "sources=0\n", 'eval "$UNTRUSTED_OUTPUT"\n')


@rule("threats-shown")
def threats_shown(tree):
    """Each row of the threat model's workflows names what shows it, and what it names is there."""
    known = {("H", name) for name in RULES}
    for letter, path in TESTS.items():
        group = None
        for line in tree.files[path].splitlines():
            if found := re.match(r"class (\w+)\(", line):
                group = found[1]
            elif found := re.match(r"    def (test_\w+)\(", line):
                known.add((letter, f"{group}.{found[1]}"))
    for line in tree.files[THREATS].splitlines():
        named = re.findall(r"`([HSER]):([\w.-]+)`", line)
        for letter, name in named:
            if (letter, name) not in known:
                yield THREATS, f"names {letter}:{name}, which is not there"
        if re.match(r"\| W\d+ \|", line) and not named:
            yield THREATS, f"nothing shows {line.split('|')[1].strip()}"


twin("threats-shown", THREATS, "`S:Sign.test_an_empty_or", "`S:Sign.test_an_emptied_or")
twin("threats-shown", THREATS, "`H:own-token`", "`H:our-token`")
twin("threats-shown", THREATS, "`E:Npm.test_a_tarball", "`S:Npm.test_a_tarball")
twin("threats-shown", THREATS, "| `H:hosted-runner`, `H:timeouts`, `H:called-only` |", "| |")
twin("threats-shown", TESTS["S"], "def test_an_artifact_is_one_regular_file(", "def no_test_an_artifact_is_one_regular_file(")


def findings(tree, only=None):
    return [
        (name, where, message)
        for name, check in RULES.items()
        if only in (None, name)
        for where, message in check(tree)
    ]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    tree = Tree.read(root)
    failed = False
    for name, where, message in findings(tree):
        failed = True
        print(f"{where}: {name}: {message}")
    if not list(tree.workflows()) or not list(tree.actions()):
        failed = True
        print(f"{root}: no workflows or no actions found")
    caught = dict.fromkeys(RULES, 0)
    for name, path, old, new in TWINS:
        try:
            found = findings(tree.broken(path, old, new), name)
        except LookupError as error:
            found = []
            print(f"twin of {name}: {error}")
        if found:
            caught[name] += 1
        else:
            failed = True
            print(f"twin of {name} was not caught: {path}: {old!r} -> {new!r}")
    for name, count in caught.items():
        if count == 0:
            failed = True
            print(f"{name} has no twin that it catches")
    print(f"{len(RULES)} rules, {len(TWINS)} broken twins, {len(tree.files)} files: {'FAILED' if failed else 'ok'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
