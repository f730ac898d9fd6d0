#!/usr/bin/env bash
# The step of actions/attest: provenance of files or checksums, signed in the caller's own job.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$here/../lib/common.sh"

[[ -n ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]] ||
  fail 'attest' $'this job may not ask for an identity token; add to it:\npermissions:\n  id-token: write\n  attestations: write\n  contents: read'

arguments=(provenance --output "${UNTRUSTED_OUTPUT:?}")
if boolean github-store "${UNTRUSTED_GITHUB_STORE:-}"; then arguments+=(--github-store); fi
if boolean allow-public-log "${UNTRUSTED_ALLOW_PUBLIC_LOG:-}"; then arguments+=(--allow-public-log); fi
read_lines "${UNTRUSTED_ALLOW_EVENTS:-}"
for event in ${lines[@]+"${lines[@]}"}; do
  [[ $event =~ ^[a-z_]{1,64}$ ]] || fail 'attest' "not the name of an event: $event"
  arguments+=(--allow-event "$event")
done
sources=0
if [[ -n ${UNTRUSTED_CHECKSUMS:-} ]]; then
  arguments+=("--checksums=$UNTRUSTED_CHECKSUMS")
  sources=1
fi
read_lines "${UNTRUSTED_SUBJECT_PATH:-}"
if [[ ${#lines[@]} -gt 0 ]]; then
  arguments+=(-- ${lines[@]+"${lines[@]}"})
  sources=$((sources + 1))
fi
[[ $sources -eq 1 ]] || fail 'attest' 'exactly one of the inputs subject-path and checksums says what to attest'

setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
programs=$("$here/../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-attest)

(
  keep_environment ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN GITHUB_API_URL GITHUB_OUTPUT \
    GITHUB_SERVER_URL GITHUB_STEP_SUMMARY GITHUB_TOKEN
  quietly "$programs/slsa-attest" ${arguments[@]+"${arguments[@]}"}
) || fail 'attest' 'nothing was attested; the reason stands above'

# shellcheck disable=SC2016 # backquotes of Markdown
printf '\n%s\n' 'Signed in the job that built: **SLSA Build L2**. For Build L3, sign in a job that the build cannot reach, with the reusable workflow `generic.yml`.' >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
