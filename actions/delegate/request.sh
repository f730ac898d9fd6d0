#!/usr/bin/env bash
# The step of actions/delegate: a request to the delegator, signed with the identity of the tool's reusable workflow.
#
# The delegator cannot see who calls it. The certificate of this signature tells it: which workflow of the tool, at which
# commit, in which run of which repository.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$here/../lib/common.sh"

[[ -n ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]] ||
  fail 'delegate' $'this job may not ask for an identity token; add to it:\npermissions:\n  id-token: write'
is_path_below "${UNTRUSTED_ACTION:-}" || fail 'input' "the action is not a folder below the tool's root: ${UNTRUSTED_ACTION:-}"
is_json_object "${UNTRUSTED_INPUTS:-}" || fail 'input' 'the inputs are not one object of JSON: use toJSON(inputs)'
# Characters: 64 Ki, which with its bundle and in base64 stays below the 120 Ki that the delegator reads.
[[ ${#UNTRUSTED_INPUTS} -le 65536 ]] || fail 'input' 'the inputs are longer than 65,536 characters'

repository=$(<"$here/../repository.txt")
setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
arguments=()
if boolean allow-public-log "${UNTRUSTED_ALLOW_PUBLIC_LOG:-}"; then arguments+=(--allow-public-log); fi
programs=$("$here/../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-attest)

folder=$(mktemp -d "${RUNNER_TEMP:?}/slsa-request.XXXXXXXX")
# shellcheck disable=SC2016 # for jq, not for the shell
jq --null-input --compact-output --arg delegator "$repository/.github/workflows/delegator.yml" \
  --arg action "$UNTRUSTED_ACTION" --argjson inputs "$UNTRUSTED_INPUTS" \
  '{version: 1, delegator: $delegator, action: $action, inputs: $inputs}' >"$folder/request.json"
(
  cd "$folder"
  keep_environment ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN GITHUB_SERVER_URL
  quietly "$programs/slsa-attest" predicate ${arguments[@]+"${arguments[@]}"} --output=bundle.json --file=request.json \
    "--type=https://github.com/$repository/blob/main/docs/reference/predicates/delegation-request-v1.md" -- request.json
) || fail 'delegate' 'the request was not signed; the reason stands above'
output request "$(base64 <"$folder/bundle.json" | tr -d '\n').$(base64 <"$folder/request.json" | tr -d '\n')"
rm -rf -- "$folder"
