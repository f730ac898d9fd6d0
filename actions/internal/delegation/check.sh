#!/usr/bin/env bash
# The first job of delegator.yml: who asks, for what, and whether in this very run.
#
# A request is base64(bundle).base64(request). The bundle's certificate is what is believed; the request's bytes are the
# artifact that it is about.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

repository=$(<"$here/../../repository.txt")
# Characters of a request: 120 Ki. Linux gives a program no variable above 128 KiB (MAX_ARG_STRLEN).
request=${UNTRUSTED_REQUEST:-}
[[ ${#request} -le 122880 && $request =~ ^[A-Za-z0-9+/]+={0,2}\.[A-Za-z0-9+/]+={0,2}$ ]] ||
  fail 'request' 'there is no request, or it is not BASE64.BASE64. GitHub drops an output that looks like a secret'

folder=$(mktemp -d "${RUNNER_TEMP:?}/slsa-request.XXXXXXXX")
base64 -d <<<"${request%%.*}" >"$folder/bundle.json" || fail 'request' 'the bundle is not in base64'
base64 -d <<<"${request#*.}" >"$folder/request.json" || fail 'request' 'the request is not in base64'

setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
programs=$("$here/../../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-verify)
# Whoever signed it: who that was is compared below, field by field.
(
  cd "$folder"
  keep_environment NO_COLOR
  exec "$programs/slsa-verify" artifact --bundle=bundle.json --any-identity --format=json -- request.json
) >"$folder/answer.json" 2>"$folder/messages" || {
  quietly cat "$folder/messages"
  fail 'request' 'the request is not signed by anybody whom a built-in authority knows'
}

# Exactly one attestation, of each extension exactly one, and each value on a line of its own.
names=(predicate-type issuer runner-environment source-repository-uri source-repository-digest source-repository-ref
  build-trigger run-invocation-uri build-signer-uri build-signer-digest)
facts=$(jq --slurp --exit-status --raw-output '
  if length == 1 and .[0].accepted == true then .[0] else error("not accepted") end
  | [.artifacts[].requirements[].attestations[] | select(.verdict == "accepted") | .verified]
  | if length == 1 then .[0] else error("not one attestation") end
  | .statement.predicateType as $type
  | .signer.extensions | group_by(.name) | map(if length == 1 then {key: .[0].name, value: .[0].value} else error("twice") end)
  | from_entries + {"predicate-type": $type}
  | . as $found | $ARGS.positional[] | $found[.] // ""
  | if type == "string" and (test("[[:cntrl:]]") | not) then "=" + . else error("not a text of one line") end' \
  "$folder/answer.json" --args "${names[@]}") || fail 'request' 'the answer of slsa-verify is not of one signature'
read_lines "$facts"
[[ ${#lines[@]} -eq ${#names[@]} ]] || fail 'request' 'the answer of slsa-verify is not of one signature'
found=(${lines[@]+"${lines[@]#=}"})
source="${GITHUB_SERVER_URL:?}/${GITHUB_REPOSITORY:?}"
expected=(
  "https://github.com/$repository/blob/main/docs/reference/predicates/delegation-request-v1.md"
  https://token.actions.githubusercontent.com
  github-hosted
  "$source"
  "${GITHUB_SHA:?}"
  "${GITHUB_REF:?}"
  "${GITHUB_EVENT_NAME:?}"
  "$source/actions/runs/${GITHUB_RUN_ID:?}/attempts/${GITHUB_RUN_ATTEMPT:?}"
)
for index in "${!expected[@]}"; do
  [[ ${found[index]} == "${expected[index]}" ]] ||
    fail 'request' "the request is not of this run: ${names[index]} is '${found[index]}', expected '${expected[index]}'"
done

# What is asked for: this delegator, an action below the tool's root, and nothing else.
# shellcheck disable=SC2016 # for jq, not for the shell
jq --slurp --exit-status --arg delegator "$repository/.github/workflows/delegator.yml" '
  length == 1 and (.[0] | keys == ["action", "delegator", "inputs", "version"] and .version == 1
    and .delegator == $delegator and (.action | type == "string") and (.inputs | type == "object"))' \
  "$folder/request.json" >/dev/null 2>&1 || fail 'request' 'the request is not one to this delegator, of version 1'
action=$(jq --raw-output '.action' "$folder/request.json")
is_path_below "$action" || fail 'request' "the action is not a folder below the tool's root: $action"

# The tool is whose workflow signed, at the commit that the certificate names.
signer=${found[8]}
commit=${found[9]}
[[ $signer =~ ^https://github\.com/([A-Za-z0-9-]+/[A-Za-z0-9._-]+)/(\.github/workflows/[A-Za-z0-9._-]+\.ya?ml)@([^@]+)$ ]] ||
  fail 'request' "the signer is no workflow of GitHub's: $signer"
tool=${BASH_REMATCH[1]}
workflow=${BASH_REMATCH[2]}
ref=${BASH_REMATCH[3]}
[[ $commit =~ ^[0-9a-f]{40}$ ]] || fail 'request' 'the certificate has no commit of the tool'
# A tool is a release of its own: a branch can be moved to what no one has looked at.
[[ $ref =~ ^refs/tags/v[0-9]+\.[0-9]+\.[0-9]+$ || $ref == "$commit" ]] ||
  fail 'request' "the tool's workflow is named by neither a release's tag nor its commit: $ref"

output tool-repository "$tool"
output tool-commit "$commit"
output action "$action"
output inputs "$(jq --compact-output '.inputs' "$folder/request.json")"
# shellcheck disable=SC2016 # for jq, not for the shell
output definition "$(jq --compact-output --arg repository "$tool" --arg workflow "$workflow" --arg ref "$ref" --arg commit "$commit" \
  --arg artifacts "${UNTRUSTED_ARTIFACTS:-}" \
  '{tool: {uri: ("git+https://github.com/" + $repository), digest: {gitCommit: $commit}, workflow: $workflow, ref: $ref},
    action: .action, toolInputs: .inputs, artifacts: $artifacts}' "$folder/request.json")"
rm -rf -- "$folder"
