#!/usr/bin/env bash
# The first job of container-based.yml: what will be run, checked and in one spelling, before anything of it runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

[[ ${UNTRUSTED_IMAGE:-} =~ ^[a-z0-9][a-z0-9.-]{0,252}(:[0-9]{1,5})?(/[a-z0-9._-]+)+$ ]] ||
  fail 'input' "not the name of an image, without tag or digest: ${UNTRUSTED_IMAGE:-}"
[[ ${UNTRUSTED_DIGEST:-} =~ ^sha256:[0-9a-f]{64}$ ]] || fail 'input' "not the digest of an image: ${UNTRUSTED_DIGEST:-}"
# At most 64 words of 4 KiB, none of them empty or with a control character: what one reads is what runs.
command=$(jq --exit-status --slurp --compact-output '
  if length == 1 then .[0] else null end
  | select(type == "array" and length > 0 and length <= 64
      and all(.[]; type == "string" and length > 0 and utf8bytelength <= 4096 and (test("[[:cntrl:]]") | not)))' \
  <<<"${UNTRUSTED_COMMAND:-}" 2>/dev/null) || fail 'input' 'the command is not a JSON array of 1 to 64 words'
# shellcheck disable=SC2016 # for jq, not for the shell
output definition "$(jq --null-input --compact-output --arg uri "$UNTRUSTED_IMAGE" --arg hex "${UNTRUSTED_DIGEST#sha256:}" \
  --arg folder "${UNTRUSTED_FOLDER:-}" --argjson command "$command" \
  '{builderImage: {uri: $uri, digest: {sha256: $hex}}, command: $command, artifacts: $folder}')"
