"""A runner of GitHub Actions, as far as the scripts of the actions see one.

A copy of `actions/` stands in a folder of its own, as a runner downloads an action, with a release whose checksums are
in the copy. In front of the PATH stand programs that take the place of the network: `curl` answers out of the release.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ISSUER = "https://token.actions.githubusercontent.com"
SANDBOX_SIGNER = "slsa-sandbox/builder/.github/workflows/build.yml"


def program(name):
    """A program of ours that was built, by SLSA_ATTEST or SLSA_VERIFY, or in the target folder."""
    named = os.environ.get(name.replace("-", "_").upper())
    if named:
        return Path(named)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [target / profile / name for profile in ("release", "debug")]
    return next((path for path in built if path.is_file()), None)


class Sandbox:
    """A Sigstore on this machine that stands in for GitHub's issuer, and gives tokens of one run."""

    def __init__(self, folder, run):
        self.folder = folder
        folder.mkdir()
        (folder / "run.yaml").write_text(json.dumps(run))
        command = [program("slsa-sandbox"), "serve", "--directory", folder, "--run", folder / "run.yaml", "--issuer", ISSUER]
        self.process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
        # The last line says that the files are written.
        said = iter(self.process.stderr.readline, "")
        if not any("its files are in" in line for line in said):
            raise RuntimeError("the sandbox did not start")
        lines = (folder / "sandbox.env").read_text().splitlines()
        self.variables = {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines if "=" in line)}
        self.trusted_root = folder / "trusted_root.json"

    def close(self):
        self.process.kill()
        self.process.communicate()

    def options(self):
        """The options with which slsa-attest signs there."""
        return [
            f"--issuer={ISSUER}",
            f"--issuer-at={self.variables['SLSA_SANDBOX_ISSUER_AT']}",
            "--server-url=https://github.com",
            f"--signing-config={self.folder}/signing_config.json",
            f"--trusted-root={self.trusted_root}",
        ]


class Result:
    def __init__(self, process, outputs, summary, path):
        self.code = process.returncode
        self.log = process.stdout + process.stderr
        self.stdout = process.stdout
        self.outputs = outputs
        self.summary = summary
        self.path = path

    def commands(self):
        """The workflow commands that a runner would take from the log, as it reads them."""
        found, stopped = [], None
        for line in re.split(r"\r\n|\n|\r", self.log):
            command = re.match(r"\s*::([A-Za-z0-9_-]+)(?: ([^:]*))?::(.*)$", line)
            if stopped:
                if command and command[1] == stopped:
                    stopped = None
                continue
            if command and command[1] == "stop-commands":
                stopped = command[3]
            elif command:
                found.append((command[1], command[2], command[3]))
            elif "##[" in line:
                found.append(("##", None, line))
        return found


class Runner:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="slsa-runner-"))
        self.actions = self.folder / "_actions" / "actions"
        shutil.copytree(ROOT / "actions", self.actions, ignore=shutil.ignore_patterns("tests"))
        self.temp, self.workspace = self.folder / "temp", self.folder / "workspace"
        self.release, self.fakes = self.folder / "release", self.folder / "fakes"
        for folder in (self.temp, self.workspace, self.release, self.fakes):
            folder.mkdir()
        self.calls = self.folder / "calls"
        self.calls.touch()
        self.fake(
            "curl",
            f'for last; do :; done\nwhile [[ $# -gt 1 ]]; do [[ $1 == --output ]] && out=$2; shift; done\n'
            f'cp -- "{self.release}/${{last##*/}}" "$out"',
        )

    def close(self):
        shutil.rmtree(self.folder)

    def fake(self, name, body):
        """Puts a program on the PATH that writes down how it was called."""
        self.executable(
            self.fakes / name,
            f'#!/usr/bin/env bash\nprintf \'%s\\n\' "{name}" "$@" -- >>"{self.calls}"\nenv >"{self.folder}/{name}.env"\n{body}\n',
        )

    @staticmethod
    def executable(path, text):
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def environment_of(self, name):
        return (self.folder / f"{name}.env").read_text()

    def call_log(self):
        return self.calls.read_text()

    def released(self, name, text, known=None):
        """Releases a script as one of our programs; `known` is the digest in checksums.txt, by default the right one."""
        file = f"{name}-x86_64-unknown-linux-musl"
        (self.release / file).write_text(text)
        known = known or hashlib.sha256(text.encode()).hexdigest()
        with (self.actions / "setup" / "checksums.txt").open("a") as checksums:
            checksums.write(f"{known}  {file}\n")

    def released_attestor(self):
        """The attestor that was built, signing in a sandbox: the token there is of the sandbox's own workflow."""
        self.released(
            "slsa-attest",
            f"""#!/usr/bin/env bash
printf '%s\\n' slsa-attest "$@" -- >>"{self.calls}"
env >"{self.folder}/slsa-attest.env"
arguments=()
for argument; do
  case $argument in
    --signer-workflow=*) argument=--signer-workflow={SANDBOX_SIGNER} ;;
  esac
  arguments+=("$argument")
done
exec "{program('slsa-attest')}" "${{arguments[0]}}" --sandbox "${{arguments[@]:1}}"
""",
        )

    def released_attestor_of(self, sandboxes):
        """The attestor that was built, signing in the sandbox of each command: provenance, predicate and so on."""
        names = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        cases = "".join(
            f"  {command})\n    further=({' '.join(map(shlex.quote, sandbox.options()))})\n"
            + "".join(f"    export {name}={shlex.quote(sandbox.variables[name])}\n" for name in names)
            + "    ;;\n"
            for command, sandbox in sandboxes.items()
        )
        self.released(
            "slsa-attest",
            f"""#!/usr/bin/env bash
printf '%s\\n' slsa-attest "$@" -- >>"{self.calls}"
case $1 in
{cases}esac
exec "{program('slsa-attest')}" "$1" "${{further[@]}}" "${{@:2}}"
""",
        )

    def released_verifier(self, *further):
        """The verifier that was built; `further` are options that every call has beside its own."""
        options = " ".join(shlex.quote(str(option)) for option in further)
        self.released(
            "slsa-verify",
            f"""#!/usr/bin/env bash
printf '%s\\n' slsa-verify "$@" -- >>"{self.calls}"
exec "{program('slsa-verify')}" "$1" {options} "${{@:2}}"
""",
        )

    def run(self, script, cwd=None, **variables):
        """Runs a script below actions/ as a step."""
        files = {}
        for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"):
            files[name] = self.temp / name.lower()
            files[name].write_text("")
        environment = {
            "PATH": f"{self.fakes}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str((self.actions / script).parent),
            "GITHUB_SERVER_URL": "https://github.com",
            # A branch may be named so.
            "GITHUB_REF_NAME": f"$(touch {self.folder}/branch)`touch {self.folder}/branch`",
            **{name: str(path) for name, path in files.items()},
            **{name: str(value) for name, value in variables.items() if value is not None},
        }
        process = subprocess.run(
            [str(self.actions / script)],
            cwd=cwd or self.workspace,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert files["GITHUB_ENV"].read_text() == "", "a script wrote to GITHUB_ENV"
        assert not (self.folder / "branch").exists(), "a branch's name was run"
        return Result(
            process,
            self.outputs(files["GITHUB_OUTPUT"].read_text()),
            files["GITHUB_STEP_SUMMARY"].read_text(),
            files["GITHUB_PATH"].read_text(),
        )

    @staticmethod
    def outputs(text):
        """Reads outputs as the runner does: name=value, or name<<delimiter up to that line."""
        outputs, lines = {}, iter(text.split("\n"))
        for line in lines:
            if "<<" in line and ("=" not in line or line.index("<<") < line.index("=")):
                name, delimiter = line.split("<<", 1)
                value = []
                for inner in lines:
                    if inner == delimiter:
                        break
                    value.append(inner)
                outputs[name] = "\n".join(value)
            elif "=" in line:
                name, value = line.split("=", 1)
                outputs[name] = value
        return outputs
