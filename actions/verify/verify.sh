#!/usr/bin/env bash
# The step of actions/verify: artifacts or images, before they are used.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$here/../lib/common.sh"

# Annotations that GitHub shows of a step: 10.
max_annotations=10

expectations=()
# with OPTION VALUE: an option of slsa-verify, where the input is not empty. The value can be no option of its own.
with() { if [[ -n $2 ]]; then expectations+=("$1=$2"); fi; }
with --bundle "${UNTRUSTED_BUNDLE:-}"
with --policy "${UNTRUSTED_POLICY:-}"
with --trusted-root "${UNTRUSTED_TRUSTED_ROOT:-}"
with --source-uri "${UNTRUSTED_SOURCE_URI:-}"
with --source-branch "${UNTRUSTED_SOURCE_BRANCH:-}"
with --source-tag "${UNTRUSTED_SOURCE_TAG:-}"
with --source-versioned-tag "${UNTRUSTED_SOURCE_VERSIONED_TAG:-}"
with --builder-id "${UNTRUSTED_BUILDER_ID:-}"
with --min-level "${UNTRUSTED_MIN_LEVEL:-}"

read_lines "${UNTRUSTED_FILES:-}"
files=(${lines[@]+"${lines[@]}"})
read_lines "${UNTRUSTED_IMAGES:-}"
images=(${lines[@]+"${lines[@]}"})
[[ ${#files[@]} -gt 0 || ${#images[@]} -gt 0 ]] || fail 'verify' 'nothing to verify: the inputs files and images are empty'
[[ -n ${UNTRUSTED_POLICY:-} || -n ${UNTRUSTED_SOURCE_URI:-} ]] ||
  fail 'verify' 'say what is expected: the input policy, or source-uri'

setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
programs=$("$here/../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-verify)
work=$(mktemp -d "${RUNNER_TEMP:?}/slsa-verify.XXXXXXXX")

# One annotation for each artifact that is not accepted, out of the answer for programs.
annotate() {
  local line count=0
  while IFS= read -r line && [[ $count -lt $max_annotations ]]; do
    # A line is JSON of one text, so that none of its ends is an end of a line here.
    line=$(jq --raw-output '.' <<<"$line")
    printf '::error title=slsa-verify::%s\n' "$(escape_data "$line")" >&2
    count=$((count + 1))
  done < <(jq --compact-output '
    .artifacts[]? | select(.verdict != "accepted")
    | .artifact + ": " + .verdict
      + ([.error // empty, (.requirements[]?.attestations[]? | select(.verdict != "accepted")
          | (.code // "") + ": " + (.message // "") + (if .hint then ". " + .hint else "" end))][:3]
         | map("\n" + .) | add // "")' "$1")
}

status=0
# ask COMMAND ARGUMENT...: the verdict, once for programs and once for people. Either refusal is one.
ask() {
  local command=$1 code=0 again=0
  shift
  (
    keep_environment NO_COLOR
    exec "$programs/slsa-verify" "$command" --format json ${expectations[@]+"${expectations[@]}"} -- "$@"
  ) >"$work/answer.json" 2>"$work/messages" || code=$?
  quietly cat "$work/messages"
  (
    keep_environment NO_COLOR
    exec "$programs/slsa-verify" "$command" --format markdown ${expectations[@]+"${expectations[@]}"} -- "$@"
  ) >>"${GITHUB_STEP_SUMMARY:-/dev/null}" 2>/dev/null || again=$?
  if [[ $code -eq 0 && $again -ne 0 ]]; then code=$again; fi
  # Believed only if the answer says so too. --slurp, because jq calls an empty answer a success.
  if [[ $code -eq 0 ]] && ! jq --slurp --exit-status \
    'length == 1 and .[0].accepted == true and (.[0].artifacts | length) > 0' "$work/answer.json" >/dev/null; then
    code=1
  fi
  if [[ $code -ne 0 ]]; then
    annotate "$work/answer.json" || true
    status=$code
  fi
}

if [[ ${#files[@]} -gt 0 ]]; then ask artifact ${files[@]+"${files[@]}"}; fi
for image in ${images[@]+"${images[@]}"}; do ask image "$image"; done
rm -rf -- "$work"

if [[ $status -eq 0 ]]; then
  output verdict accepted
else
  output verdict refused
  output exit-code "$status"
  fail 'verify' "not everything was accepted (exit code $status of slsa-verify)"
fi
output exit-code 0
