#!/usr/bin/env bash
# The signing job of the reusable workflows: digests that came through outputs in, a bundle out.
#
# Nothing of the caller runs here. What the caller and the build wrote arrives in variables that begin with UNTRUSTED_,
# is checked against a grammar, and reaches the attestor as a value.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

repository=$(<"$here/../../repository.txt")
[[ ${SIGNER_WORKFLOW:-} == "$repository/.github/workflows/"* ]] ||
  fail 'sign' "the workflow that signs is none of $repository"
if ! is_file_name "${UNTRUSTED_NAME:-}" || [[ $UNTRUSTED_NAME != *.json ]]; then
  fail 'input' 'the name of the provenance is letters, digits and . _ - @ +, and ends in .json'
fi

folder=$(mktemp -d "${RUNNER_TEMP:?}/slsa-bundle.XXXXXXXX")
bundle="$folder/$UNTRUSTED_NAME"
# What each attestation has in common; `provenance` is what the provenance has alone.
arguments=("--signer-workflow=$SIGNER_WORKFLOW")
provenance=(--isolated)

# What is attested: exactly one of the three, and never nothing.
sources=0
if [[ -n ${UNTRUSTED_SUBJECTS:-} ]]; then
  [[ $UNTRUSTED_SUBJECTS =~ ^[A-Za-z0-9+/=[:space:]]+$ ]] || fail 'input' 'the subjects are not in base64'
  arguments+=("--checksums-base64=$UNTRUSTED_SUBJECTS")
  sources=$((sources + 1))
fi
if [[ -n ${UNTRUSTED_SUBJECT:-} ]]; then
  [[ $UNTRUSTED_SUBJECT =~ ^[A-Za-z0-9%@:/._+~-]{1,255}@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$ ]] ||
    fail 'input' "not NAME@sha256:HEX or NAME@sha512:HEX: $UNTRUSTED_SUBJECT"
  arguments+=("--subject=$UNTRUSTED_SUBJECT")
  sources=$((sources + 1))
fi
if [[ -n ${UNTRUSTED_IMAGE:-} ]]; then
  [[ $UNTRUSTED_IMAGE =~ ^[a-z0-9.:/_-]{1,255}@sha256:[0-9a-f]{64}$ ]] ||
    fail 'input' "not REGISTRY/NAME@sha256:HEX: $UNTRUSTED_IMAGE"
  arguments+=("--image=$UNTRUSTED_IMAGE")
  sources=$((sources + 1))
fi
if [[ -n ${UNTRUSTED_MANIFEST_ID:-}${UNTRUSTED_MANIFEST_SHA256:-} ]]; then
  [[ ${UNTRUSTED_MANIFEST_ID:-} =~ ^[0-9]{1,20}$ ]] || fail 'input' 'the manifest is named by the id of its artifact'
  only_file "${MANIFEST_FOLDER:?}"
  check_sha256 "${file:?}" "${UNTRUSTED_MANIFEST_SHA256:-}"
  arguments+=("--checksums=$file")
  sources=$((sources + 1))
fi
[[ $sources -gt 0 ]] ||
  fail 'digest' 'there is nothing to attest: the digests are empty. GitHub drops an output that looks like a secret'
[[ $sources -eq 1 ]] || fail 'input' 'the digests come in one way, not in several'

if boolean github-store "${UNTRUSTED_GITHUB_STORE:-}"; then arguments+=(--github-store); fi
if boolean allow-public-log "${UNTRUSTED_ALLOW_PUBLIC_LOG:-}"; then arguments+=(--allow-public-log); fi
read_lines "${UNTRUSTED_MASK:-}"
for name in ${lines[@]+"${lines[@]}"}; do
  [[ $name =~ ^[A-Za-z_][A-Za-z0-9_-]{0,99}$ ]] || fail 'input' "not the name of an input or variable: $name"
  provenance+=("--mask=$name")
done
[[ -n ${UNTRUSTED_VARS:-} ]] || UNTRUSTED_VARS='{}'
provenance+=("--vars=$UNTRUSTED_VARS")
# What an earlier job of the same workflow checked and the build could not touch, as an attestation of its own.
case ${DEFINITION_KIND:-} in
  '') [[ -z ${DEFINITION:-} ]] || fail 'sign' 'a definition has a kind' ;;
  container-build | delegated-build)
    is_json_object "${DEFINITION:-}" || fail 'sign' 'the definition did not arrive'
    ;;
  *) fail 'sign' "there is no definition of this kind: $DEFINITION_KIND" ;;
esac

setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
programs=$("$here/../../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-attest)

# attest FILE COMMAND ARGUMENT...: an attestation in a file of its own.
attest() {
  local file=$1 command=$2
  shift 2
  (
    cd "$folder"
    keep_environment ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN GITHUB_API_URL GITHUB_EVENT_PATH \
      GITHUB_SERVER_URL GITHUB_STEP_SUMMARY GITHUB_TOKEN
    quietly "$programs/slsa-attest" "$command" "--output=$file" "$@"
  ) || fail 'sign' 'nothing was attested; the reason stands above'
  [[ -s $file && ! -L $file ]] || fail 'sign' 'the attestor wrote no bundle'
}

attest "$bundle" provenance "${provenance[@]}" "${arguments[@]}"
if [[ -n ${DEFINITION_KIND:-} ]]; then
  work=$(mktemp -d "${RUNNER_TEMP:?}/slsa-definition.XXXXXXXX")
  printf '%s\n' "$DEFINITION" >"$work/definition.json"
  type="https://github.com/$repository/blob/main/docs/reference/predicates/$DEFINITION_KIND-v1.md"
  attest "$work/bundle" predicate "--type=$type" "--file=$work/definition.json" "${arguments[@]}"
  # Two bundles are a file of JSON Lines; what is signed stands in them in base64, and stays as it is.
  UNTRUSTED_NAME=${UNTRUSTED_NAME%.json}.jsonl
  jq --compact-output . "$bundle" "$work/bundle" >"$folder/$UNTRUSTED_NAME"
  rm -rf -- "$bundle" "$work"
  bundle="$folder/$UNTRUSTED_NAME"
fi

output bundle-path "$bundle"
output bundle-file "$UNTRUSTED_NAME"
output bundle-sha256 "$(sha256_of "$bundle")"
output artifact-name "provenance-$(random_hex)"
