"""The release of this project: what its scripts refuse, one change apart, and the whole workflow by act.

Stand-ins are cargo, rustup and readelf, GitHub's releases (`gh`, a folder), and the verifier of the run by act, since
the sandbox's certificate is of another workflow. The attestor is the real one, in its sandbox.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from harness import ROOT  # noqa: E402
import test_act  # noqa: E402
from test_scripts import Case, sha256  # noqa: E402

REPOSITORY = (ROOT / "actions" / "repository.txt").read_text().strip()
RELEASED = (ROOT / "actions" / "release" / "programs.txt").read_text().split()
TARGETS = {
    "linux-x64": "x86_64-unknown-linux-musl",
    "linux-arm64": "aarch64-unknown-linux-musl",
    "macos-x64": "x86_64-apple-darwin",
    "macos-arm64": "aarch64-apple-darwin",
    "windows-x64": "x86_64-pc-windows-msvc",
}
NEEDED = ("slsa-attest-x86_64-unknown-linux-musl", "slsa-verify-x86_64-unknown-linux-musl")

CARGO = """[[ $1 == +* ]] && shift
while [[ $# -gt 0 ]]; do
  case $1 in
    --target) target=$2 ;;
    --bin) bins+=("$2") ;;
  esac
  shift
done
suffix=
[[ $target != *windows* ]] || suffix=.exe
mkdir -p "$CARGO_TARGET_DIR/$target/release"
for bin in "${bins[@]}"; do
  program=$CARGO_TARGET_DIR/$target/release/$bin$suffix
  printf '#!/bin/sh\\n# %s\\necho "%s %s"\\n' "$target" "$bin" "VERSION" >"$program"
  chmod +x "$program"
done
"""

# Releases as GitHub keeps them: a folder each, and a file that says which are drafts.
GH = """store="STORE"
case "$1 $2" in
  'api --paginate') cat "$store/tags" ;;
  'release create')
    tag=$3
    printf '%s\\n' "$tag" >>"$store/tags"
    mkdir "$store/$tag"
    while [[ $1 != -- ]]; do shift; done
    cp -- "${@:2}" "$store/$tag/"
    touch "$store/$tag.draft"
    ATTACK
    ;;
  'release download') cp -- "$store/$3"/* "${!#}/" ;;
  'release edit') rm "$store/$3.draft" ;;
esac
"""


def listed(files):
    """A list of checksums in base64, as jobs hand it over."""
    text = "".join(f"{sha256(path)}  {path.name}\n" for path in files)
    return base64.b64encode(text.encode()).decode()


class Files(Case):
    """A case with files of a release in folders, as downloads leave them."""

    def write(self, folder, names):
        path = self.runner.temp / folder
        path.mkdir()
        for name in names:
            (path / name).write_text(f"program {name}\n")
        return path

    def version_of(self, cargo=None, installed=None, known=None):
        """Makes the revision have these versions, and these programs in its checksums."""
        root = self.runner.actions.parent
        shutil.copy(ROOT / "Cargo.toml", root / "Cargo.toml")
        if cargo:
            text = re.sub(r'(?m)^version = "[^"]*"$', f'version = "{cargo}"', (root / "Cargo.toml").read_text(), count=1)
            (root / "Cargo.toml").write_text(text)
        if installed:
            (self.runner.actions / "setup" / "version.txt").write_text(installed + "\n")
        if known is not None:
            text = "# comment\n" + "".join(f"{'a' * 64}  {name}\n" for name in known)
            (self.runner.actions / "setup" / "checksums.txt").write_text(text)


class Plan(Files):
    def plan(self, ref, **variables):
        return self.runner.run("release/plan/plan.sh", **{"UNTRUSTED_REF": ref, "GITHUB_REPOSITORY": REPOSITORY, **variables})

    def test_the_first_release_is_signed_from_source(self):
        self.version_of(cargo="0.1.0", installed="0.1.0", known=[])
        result = self.plan("refs/tags/v0.1.0")
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(result.outputs, {"tag": "v0.1.0", "first": "true"})

    def test_a_later_release_is_signed_by_the_one_before(self):
        for before, version in (("0.1.0", "0.1.1"), ("0.9.0", "0.10.0"), ("0.9.9", "1.0.0"), ("9.0.0", "10.0.0")):
            self.version_of(cargo=version, installed=before, known=NEEDED)
            result = self.plan(f"refs/tags/v{version}")
            self.assertEqual(result.code, 0, result.log)
            self.assertEqual(result.outputs, {"tag": f"v{version}", "first": "false"})

    def test_a_tag_other_than_the_version_is_refused(self):
        self.version_of(cargo="0.1.1", installed="0.1.0", known=NEEDED)
        for tag in ("v0.1.0", "v0.1.10", "v1.1.1"):
            self.assert_refused(self.plan(f"refs/tags/{tag}"), f"the tag is {tag}, and Cargo.toml has the version 0.1.1")

    def test_what_is_no_release_tag_is_refused(self):
        self.version_of(cargo="0.1.1", installed="0.1.0", known=NEEDED)
        others = ("refs/tags/v0.1.1-rc.1", "refs/tags/v00.1.1", "refs/tags/0.1.1", "refs/heads/v0.1.1", "v0.1.1", "refs/tags/v0.1.1\n", "")
        for ref in (*others, "refs/tags/v0.1.1$(id)"):
            self.assert_refused(self.plan(ref), "not the tag of a release")

    def test_a_revision_that_knows_programs_of_its_own_version_is_refused(self):
        for installed in ("0.1.1", "0.2.0", "1.0.0"):
            self.version_of(cargo="0.1.1", installed=installed, known=NEEDED)
            self.assert_refused(self.plan("refs/tags/v0.1.1"), "no revision knows its own programs")

    def test_checksums_that_were_emptied_make_no_first_release(self):
        self.version_of(cargo="0.1.1", installed="0.1.0", known=[])
        self.assert_refused(self.plan("refs/tags/v0.1.1"), "only the first release is signed from source")

    def test_a_program_that_signs_or_verifies_must_be_known(self):
        for missing in NEEDED:
            self.version_of(cargo="0.1.1", installed="0.1.0", known=[name for name in NEEDED if name != missing])
            self.assert_refused(self.plan("refs/tags/v0.1.1"), f"checksums.txt does not know {missing}")
        self.version_of(cargo="0.1.1", known=[*NEEDED, NEEDED[0]])
        self.assert_refused(self.plan("refs/tags/v0.1.1"), "is listed twice")

    def test_a_copy_of_the_repository_releases_nothing(self):
        self.version_of(cargo="0.1.0", installed="0.1.0", known=[])
        self.assert_refused(self.plan("refs/tags/v0.1.0", GITHUB_REPOSITORY="fork/slsa"), "this is a copy of")

    def test_this_revision_is_the_first_release_or_has_one_before_it(self):
        self.version_of()
        version = re.search(r'(?m)^version = "([^"]*)"$', (ROOT / "Cargo.toml").read_text())[1]
        result = self.plan(f"refs/tags/v{version}")
        released = version == (ROOT / "actions" / "setup" / "version.txt").read_text().strip()
        if result.code != 0:
            # Between the checksums of a release and the version of the next.
            self.assertTrue(released, result.log)
            self.assert_refused(result, "no revision knows its own programs")


class Build(Files):
    def setUp(self):
        super().setUp()
        self.version_of(cargo="1.2.3")
        self.cargo()
        self.runner.fake("rustup", "")
        self.runner.fake("readelf", "echo '0x1 (FLAGS_1) Flags: PIE'")
        self.runner.fake("musl-gcc", "")
        self.runner.fake("git", "echo 1700000000")

    def cargo(self, version="1.2.3"):
        self.runner.fake("cargo", CARGO.replace("VERSION", version))

    def build(self, target, **variables):
        return self.runner.run("release/build/build.sh", UNTRUSTED_TARGET=target, **variables)

    def test_each_machine_gets_its_programs_of_the_release(self):
        seen = []
        for target in TARGETS.values():
            result = self.build(target)
            self.assertEqual(result.code, 0, result.log)
            folder = Path(result.outputs["folder"])
            files = sorted(folder.iterdir())
            self.assertEqual(base64.b64decode(result.outputs["subjects"]), base64.b64decode(listed(files)))
            self.assertRegex(result.outputs["artifact-name"], r"^programs-[0-9a-f]{32}$")
            seen += [path.name for path in files]
        self.assertEqual(sorted(seen), RELEASED)

    def test_cargo_is_of_the_pinned_toolchain_and_keeps_to_the_lock_file(self):
        self.assertEqual(self.build("x86_64-unknown-linux-musl", RUSTFLAGS="-Clinker=/evil", CARGO_HOME="/c").code, 0)
        toolchain = (ROOT / "actions" / "release" / "toolchain.txt").read_text().strip()
        calls = self.runner.call_log().split("--\n")
        cargo = next(call.split("\n") for call in calls if call.startswith("cargo\n"))
        self.assertEqual(cargo[1:5], [f"+{toolchain}", "build", "--release", "--locked"])
        self.assertTrue(any(call.startswith(f"rustup\ntoolchain\ninstall\n{toolchain}\n") for call in calls))
        environment = self.runner.environment_of("cargo")
        self.assertIn("SOURCE_DATE_EPOCH=1700000000\n", environment)
        self.assertIn("CC_x86_64_unknown_linux_musl=musl-gcc\n", environment)
        flags = f"--remap-path-prefix={self.runner.workspace}=/slsa\x1f--remap-path-prefix=/c=/cargo\n"
        self.assertIn(f"CARGO_ENCODED_RUSTFLAGS={flags}", environment)

    def test_on_windows_the_runtime_is_linked_in(self):
        result = self.build("x86_64-pc-windows-msvc")
        self.assertEqual(result.code, 0, result.log)
        self.assertIn("\x1f-Ctarget-feature=+crt-static\n", self.runner.environment_of("cargo"))
        self.assertNotIn("slsa-attest", self.runner.call_log())

    def test_a_program_of_another_version_or_that_does_not_run_is_refused(self):
        self.cargo("1.2.2")
        self.assert_stopped(self.build("x86_64-apple-darwin"), "says that it is slsa-attest 1.2.2, not slsa-attest 1.2.3")
        self.runner.fake("cargo", CARGO.replace("echo", "exit 3; echo"))
        self.assert_stopped(self.build("x86_64-apple-darwin"), "does not run")

    def test_a_program_that_needs_libraries_of_the_system_is_refused(self):
        self.runner.fake("readelf", "echo ' 0x0000000000000001 (NEEDED)  Shared library: [libc.so.6]'")
        self.assert_stopped(self.build("x86_64-unknown-linux-musl"), "is not static")

    def test_a_build_that_fails_hands_over_nothing(self):
        self.runner.fake("cargo", "echo ::error::injected; exit 1")
        self.assert_stopped(self.build("x86_64-apple-darwin"), "could not be built")

    def test_an_unknown_machine_and_a_token_are_refused(self):
        for target in ("s390x-unknown-linux-gnu", "", "*", "x86_64"):
            self.assert_stopped(self.build(target), "no program is released for")
        result = self.build("x86_64-apple-darwin", ACTIONS_ID_TOKEN_REQUEST_URL="https://x")
        self.assert_stopped(result, "could ask for an identity token")

    def assert_stopped(self, result, message):
        self.assert_refused(result, message)
        self.assertEqual(result.outputs, {})


class Stage(Files):
    def setUp(self):
        super().setUp()
        self.builds = {}
        for folder, target in TARGETS.items():
            path = self.write(folder, [name for name in RELEASED if target in name])
            self.builds[folder] = listed(sorted(path.iterdir()))
        self.linux = self.runner.temp / "linux-x64"

    def stage(self):
        return self.runner.run(
            "release/stage/stage.sh", UNTRUSTED_BUILDS="".join(f"{folder} {digests}\n" for folder, digests in self.builds.items())
        )

    def assert_not_staged(self, message):
        result = self.stage()
        self.assert_refused(result, message)
        self.assertEqual(result.outputs, {})

    def test_the_programs_of_all_builds_come_together_with_one_list(self):
        result = self.stage()
        self.assertEqual(result.code, 0, result.log)
        folder = Path(result.outputs["folder"])
        self.assertEqual(sorted(path.name for path in folder.iterdir()), sorted([*RELEASED, "SHA256SUMS"]))
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
        subjects = base64.b64decode(result.outputs["subjects"]).decode()
        self.assertEqual(sorted(line.split()[1] for line in subjects.splitlines()), sorted([*RELEASED, "SHA256SUMS"]))
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet"], cwd=folder, input=subjects, text=True, check=True)

    def test_a_changed_artifact_is_refused(self):
        (self.linux / NEEDED[0]).write_text("evil")
        self.assert_not_staged("was changed after its digest left the job")

    def test_a_missing_artifact_is_refused(self):
        (self.linux / NEEDED[0]).unlink()
        self.assert_not_staged(f"{NEEDED[0]} is missing")

    def test_an_extra_artifact_is_refused(self):
        (self.linux / "extra").write_text("evil")
        self.assert_not_staged("has 3 entries, of which 2 are listed")

    def test_a_link_in_the_place_of_an_artifact_is_refused(self):
        target = self.runner.temp / "elsewhere"
        (self.linux / NEEDED[0]).rename(target)
        (self.linux / NEEDED[0]).symlink_to(target)
        self.assert_not_staged(f"{NEEDED[0]} is missing")

    def test_a_name_from_two_builds_is_refused(self):
        other = self.runner.temp / "macos-x64"
        shutil.copy(self.linux / NEEDED[0], other)
        self.builds["macos-x64"] = listed(sorted(other.iterdir()))
        self.assert_not_staged(f"{NEEDED[0]} is listed twice")

    def test_a_name_twice_in_one_build_is_refused(self):
        first, second = sorted(self.linux.iterdir())
        self.builds["linux-x64"] = listed([first, second, first])
        self.assert_not_staged("is listed twice")

    def test_a_build_too_few_and_a_program_too_many_are_refused(self):
        windows = self.builds.pop("windows-x64")
        self.assert_not_staged("slsa-verify-x86_64-pc-windows-msvc.exe is missing")
        self.builds["windows-x64"] = windows
        (self.linux / "slsa-sandbox").write_text("x")
        self.builds["linux-x64"] = listed(sorted(self.linux.iterdir()))
        self.assert_not_staged("slsa-sandbox is no file of a release")

    def test_an_output_that_was_dropped_is_refused(self):
        for digests, message in (("", "the digests are empty"), ("$(id)", "not in base64"), ("ab=cd", "not in base64")):
            self.builds["linux-x64"] = digests
            self.assert_not_staged(message)
        self.builds = {}
        self.assert_not_staged("the list of checksums is empty")

    def test_a_line_that_is_no_checksum_is_refused(self):
        for line in ("x", f"{'a' * 64} *name", f"{'A' * 64}  name", f"{'a' * 64}  ../name", f"{'a' * 64}  -name", f"{'a' * 64}  "):
            self.builds["linux-x64"] = base64.b64encode(line.encode()).decode()
            self.assert_not_staged("not a line of a list of checksums")


class Receive(Files):
    def setUp(self):
        super().setUp()
        self.folder = self.write("files", [*RELEASED, "SHA256SUMS"])
        self.subjects = listed(sorted(self.folder.iterdir()))
        self.bundle = self.write("provenance", ["provenance.sigstore.json"]) / "provenance.sigstore.json"
        self.sha256 = sha256(self.bundle)

    def receive(self):
        return self.runner.run(
            "release/receive/receive.sh",
            UNTRUSTED_FOLDER=self.folder,
            UNTRUSTED_SUBJECTS=self.subjects,
            BUNDLE_FOLDER=self.bundle.parent,
            UNTRUSTED_BUNDLE_SHA256=self.sha256,
        )

    def test_what_was_attested_is_received(self):
        result = self.receive()
        self.assertEqual(result.code, 0, result.log)
        self.assertEqual(result.outputs, {"bundle-path": str(self.bundle)})

    def test_a_changed_missing_or_extra_file_is_refused(self):
        (self.folder / "SHA256SUMS").write_text("evil")
        self.assert_refused(self.receive(), "was changed after its digest left the job")
        (self.folder / "SHA256SUMS").unlink()
        self.assert_refused(self.receive(), "SHA256SUMS is missing")
        (self.folder / "SHA256SUMS").write_text("program SHA256SUMS\n")
        self.assertEqual(self.receive().code, 0)
        (self.folder / ".hidden").write_text("evil")
        self.assert_refused(self.receive(), "has 11 entries, of which 10 are listed")

    def test_other_provenance_is_refused(self):
        self.bundle.write_text("evil")
        self.assert_refused(self.receive(), "was changed after its digest left the job")
        self.sha256 = ""
        self.assert_refused(self.receive(), "the digest is empty")


class Publish(Files):
    def setUp(self):
        super().setUp()
        self.folder = self.write("files", [*RELEASED, "SHA256SUMS"])
        self.bundle = self.write("provenance", ["provenance.sigstore.json"]) / "provenance.sigstore.json"
        self.store = self.runner.folder / "github"
        self.store.mkdir()
        (self.store / "tags").write_text("v0.9.0\n")
        self.github()

    def github(self, attack=":"):
        self.runner.fake("gh", GH.replace("STORE", str(self.store)).replace("ATTACK", attack))

    def publish(self, **variables):
        defaults = {
            "UNTRUSTED_TAG": "v1.0.0",
            "UNTRUSTED_FIRST": "false",
            "UNTRUSTED_FOLDER": self.folder,
            "UNTRUSTED_BUNDLE_PATH": self.bundle,
            "GITHUB_TOKEN": "token-of-the-job",
        }
        return self.runner.run("release/publish/publish.sh", **{**defaults, **variables})

    def is_draft(self):
        return (self.store / "v1.0.0.draft").exists()

    def test_a_draft_whose_files_are_the_same_is_published(self):
        result = self.publish(LD_PRELOAD="", GH_HOST="evil.example")
        self.assertEqual(result.code, 0, result.log)
        stored = sorted(path.name for path in (self.store / "v1.0.0").iterdir())
        self.assertEqual(stored, sorted([*RELEASED, "SHA256SUMS", "provenance.sigstore.json"]))
        self.assertFalse(self.is_draft())
        calls = self.runner.call_log()
        self.assertIn(f"--repo\n{REPOSITORY}\n--draft\n--verify-tag\n", calls)
        self.assertNotIn("--prerelease", calls)
        self.assertNotIn("token-of-the-job", calls)
        self.assertNotIn("GH_HOST", self.runner.environment_of("gh"))

    def test_the_first_release_is_a_prerelease(self):
        self.assertEqual(self.publish(UNTRUSTED_FIRST="true").code, 0)
        self.assertIn("--prerelease\n", self.runner.call_log())

    def test_a_file_that_was_changed_lost_or_added_in_the_draft_keeps_it_a_draft(self):
        for attack, message in (
            ('echo evil >"$store/$tag/SHA256SUMS"', "was changed after its digest left the job"),
            ('rm "$store/$tag/SHA256SUMS"', "SHA256SUMS is missing"),
            ('echo evil >"$store/$tag/extra"', "has 12 entries, of which 11 are listed"),
        ):
            shutil.rmtree(self.store)
            self.store.mkdir()
            (self.store / "tags").touch()
            self.github(attack)
            self.assert_refused(self.publish(), message)
            self.assertTrue(self.is_draft())
            self.assertNotIn("release\nedit\n", self.runner.call_log())

    def test_a_second_release_or_draft_of_a_tag_is_refused(self):
        (self.store / "tags").write_text("v0.9.0\nv1.0.0\n")
        self.assert_refused(self.publish(), "there is a release or a draft of v1.0.0 already")
        self.assertNotIn("release\ncreate\n", self.runner.call_log())

    def test_a_list_of_releases_that_did_not_come_stops_it(self):
        self.runner.fake("gh", "exit 1")
        self.assert_refused(self.publish(), "the releases could not be listed")

    def test_what_is_no_tag_of_a_release_is_refused(self):
        for tag in ("1.0.0", "v1", "v1.0.0-rc.1", "--draft", ""):
            self.assert_refused(self.publish(UNTRUSTED_TAG=tag), "not the tag of a release")
        self.assert_refused(self.publish(GITHUB_TOKEN=""), "there is no token")
        self.assertEqual(self.runner.call_log(), "")


class Checksums(Files):
    def setUp(self):
        super().setUp()
        self.folder = self.write("downloads", RELEASED)
        self.list([self.folder / name for name in RELEASED])
        self.setup_folder = self.runner.actions / "setup"
        self.before = (self.setup_folder / "checksums.txt").read_text()

    def list(self, files):
        (self.folder / "SHA256SUMS").write_bytes(base64.b64decode(listed(files)))

    def checksums(self, version="0.2.0"):
        script = self.runner.actions / "release" / "checksums.sh"
        process = subprocess.run([script, version, self.folder], capture_output=True, text=True)
        return process.returncode, process.stderr

    def assert_not_written(self, message, **arguments):
        code, log = self.checksums(**arguments)
        self.assertNotEqual(code, 0)
        self.assertIn(message, log)
        self.assertEqual((self.setup_folder / "checksums.txt").read_text(), self.before)

    def test_a_release_becomes_what_setup_installs(self):
        self.runner.release = self.folder
        name = "slsa-verify-x86_64-unknown-linux-musl"
        (self.folder / name).write_text("#!/bin/sh\necho of the release\n")
        self.list([self.folder / name for name in RELEASED])
        code, log = self.checksums()
        self.assertEqual(code, 0, log)
        comment = "".join(line for line in self.before.splitlines(True) if line.startswith("#"))
        self.assertEqual(
            (self.setup_folder / "checksums.txt").read_text(), comment + (self.folder / "SHA256SUMS").read_text()
        )
        self.runner.fake("curl", f'while [[ $# -gt 1 ]]; do [[ $1 == --output ]] && out=$2; shift; done; cp "{self.folder}/{name}" "$out"')
        result = self.runner.run("setup/setup.sh", UNTRUSTED_PROGRAMS="slsa-verify", UNTRUSTED_BUILD_FROM_SOURCE="false")
        self.assertEqual(result.code, 0, result.log)
        self.assertIn(f"/releases/download/v0.2.0/{name}\n", self.runner.call_log())

    def test_a_second_release_takes_the_place_of_the_first(self):
        self.assertEqual(self.checksums()[0], 0)
        once = (self.setup_folder / "checksums.txt").read_text()
        self.assertEqual(self.checksums("0.3.0")[0], 0)
        self.assertEqual((self.setup_folder / "checksums.txt").read_text(), once)
        self.assertEqual((self.setup_folder / "version.txt").read_text(), "0.3.0\n")

    def test_a_changed_missing_extra_or_doubled_program_is_refused(self):
        path = self.folder / RELEASED[0]
        text = path.read_text()
        path.write_text("evil")
        self.assert_not_written(f"{RELEASED[0]} is not what SHA256SUMS says")
        path.unlink()
        self.assert_not_written(f"{RELEASED[0]} is missing")
        path.write_text(text)
        files = [self.folder / name for name in RELEASED]
        self.list(files[1:])
        self.assert_not_written(f"{RELEASED[0]} is missing")
        self.list([*files, files[0]])
        self.assert_not_written("is listed twice")
        (self.folder / "extra").write_text("x")
        self.list([*files, self.folder / "extra"])
        self.assert_not_written("extra is no file of a release")

    def test_what_is_no_version_is_refused(self):
        for version in ("v0.2.0", "0.2", "0.2.0-rc.1", "latest"):
            self.assert_not_written("not a version", version=version)


class Workflow(test_act.Act):
    """The workflow itself, every job of it, on this host: machines of other kinds are this one."""

    def setUp(self):
        super().setUp()
        self.runner.temp.mkdir(exist_ok=True)
        root = self.runner.actions.parent
        shutil.copy(ROOT / "Cargo.toml", root / "Cargo.toml")
        text = re.sub(r'(?m)^version = "[^"]*"$', 'version = "0.1.1"', (root / "Cargo.toml").read_text(), count=1)
        (root / "Cargo.toml").write_text(text)
        (self.runner.actions / "setup" / "version.txt").write_text("0.1.0\n")
        self.github = self.runner.folder / "github"
        self.github.mkdir()
        (self.github / "tags").touch()
        self.runner.fake("gh", GH.replace("STORE", str(self.github)).replace("ATTACK", ":"))
        self.runner.fake("cargo", CARGO.replace("VERSION", "0.1.1"))
        self.runner.fake("rustup", "")
        self.runner.fake("readelf", "")
        self.runner.fake("musl-gcc", "")
        git = ["git", "-C", str(self.project)]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "remote", "add", "origin", f"https://github.com/{REPOSITORY}"], check=True)
        # The project's own files, which the stand-in for checkout leaves where act put them.
        shutil.copy(ROOT / "Cargo.toml", self.project / "Cargo.toml")

    # In what the run differs that signs.
    RUN = {}

    def sandboxes(self):
        tag = {"repository": REPOSITORY, "ref": "refs/tags/v0.1.1"}
        workflow = f"{REPOSITORY}/.github/workflows/generic.yml@refs/tags/v0.1.1"
        return {"provenance": self.sandbox("signer", workflow, **{**tag, **self.RUN})}

    def release_verifier(self):
        """The verifier believes the built-in authorities, among which the sandbox is not."""
        self.runner.released_verifier("--trusted-root", self.trusted_root)

    def release(self, **variables):
        text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
        text = re.sub(r"runs-on: \S+", "runs-on: ubuntu-24.04", text)
        # The emulator has no tokens and no store of attestations.
        text = text.replace("${{ github.token }}", "token-of-the-job")
        text = re.sub(r"(    with:\n)(      base64-subjects)", r"\1      github-store: false\n\2", text)
        return self.act(text, event={"repository": {"id": 1001}, "ref": "refs/tags/v0.1.1"}, **variables)

    def test_a_pushed_tag_becomes_a_release_of_programs_list_and_provenance(self):
        code, log = self.release()
        self.assertEqual(code, 0, log)
        files = {path.name: path for path in (self.github / "v0.1.1").iterdir()}
        self.assertEqual(sorted(files), sorted([*RELEASED, "SHA256SUMS", "provenance.sigstore.json"]))
        self.assertFalse((self.github / "v0.1.1.draft").exists())
        subjects = self.statement(files["provenance.sigstore.json"])["subject"]
        self.assertEqual(
            {subject["name"]: subject["digest"]["sha256"] for subject in subjects},
            {name: sha256(path) for name, path in files.items() if name != "provenance.sigstore.json"},
        )
        calls = self.runner.call_log()
        # The attestor and the verifier are those of the release before, whose digests are in the checksums.
        for name in NEEDED:
            self.assertIn(f"https://github.com/{REPOSITORY}/releases/download/v0.1.0/{name}\n", calls)
        self.assertIn("slsa-attest\nprovenance\n", calls)
        self.assertIn("--signer-workflow=slsa-tools/slsa/.github/workflows/generic.yml\n", calls)
        self.assertIn("--source-tag=v0.1.1\n", calls)
        self.assertIn("--min-level=3\n", calls)
        self.assertLess(calls.index("--source-tag=v0.1.1\n"), calls.index("release\ncreate\n"))

    def test_what_the_verifier_refuses_is_not_published(self):
        # The attestor signs for whoever runs the workflow; the release is of this tag.
        self.RUN = {"ref": "refs/heads/main"}
        code, log = self.release()
        self.assertNotEqual(code, 0)
        self.assertIn("not everything was accepted", log)
        self.assertIn("slsa-attest\nprovenance\n", self.runner.call_log())
        self.assertNotIn("release\ncreate\n", self.runner.call_log())

    def test_a_program_that_changed_on_its_way_is_neither_signed_nor_published(self):
        # The stand-in attacks artifacts whose names begin so.
        stand_ins = self.runner.folder / "stand-ins"
        shutil.copytree(test_act.STAND_INS, stand_ins)
        action = stand_ins / "upload-artifact" / "action.yml"
        action.write_text(action.read_text().replace("package-*", "programs-*"))
        with unittest.mock.patch.object(test_act, "STAND_INS", stand_ins):
            code, log = self.release(STAND_IN_ATTACK="add")
        self.assertNotEqual(code, 0)
        self.assertIn("entries, of which 2 are listed", log)
        self.assertNotIn("slsa-attest\nprovenance\n", self.runner.call_log())

    def test_the_first_release_is_signed_and_verified_by_its_own_source_as_a_prerelease(self):
        (self.runner.actions / "setup" / "version.txt").write_text("0.1.1\n")
        own = f"""if [[ "$*" != *--target* ]]; then
  mkdir -p "$CARGO_TARGET_DIR/release"
  cp "{self.runner.release}/${{!#}}-x86_64-unknown-linux-musl" "$CARGO_TARGET_DIR/release/${{!#}}"
  chmod +x "$CARGO_TARGET_DIR/release/${{!#}}"
  exit
fi
"""
        self.runner.fake("cargo", own + CARGO.replace("VERSION", "0.1.1"))
        released = self.release_programs

        def built_but_not_known():
            released()
            (self.runner.actions / "setup" / "checksums.txt").write_text("# none\n")

        self.release_programs = built_but_not_known
        code, log = self.release()
        self.assertEqual(code, 0, log)
        calls = self.runner.call_log()
        self.assertNotIn("curl\n", calls)
        for name in ("slsa-attest", "slsa-verify"):
            self.assertIn(f"cargo\nbuild\n--release\n--locked\n--bin\n{name}\n", calls)
        self.assertIn("slsa-attest\nprovenance\n", calls)
        self.assertIn("--prerelease\n", calls)
        self.assertTrue((self.github / "v0.1.1" / "provenance.sigstore.json").exists())


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("VERBOSITY", "1")))
