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
arguments=(--isolated "--signer-workflow=$SIGNER_WORKFLOW")

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
  arguments+=("--mask=$name")
done
[[ -n ${UNTRUSTED_VARS:-} ]] || UNTRUSTED_VARS='{}'
arguments+=("--vars=$UNTRUSTED_VARS")
# What an earlier job of the same workflow checked, out of the build's reach: it is part of the provenance.
case ${BUILD_TYPE:-} in
  '') [[ -z ${PARAMETERS:-} ]] || fail 'sign' 'parameters are of a build type' ;;
  container-based | delegated | npm-package)
    is_json_object "${PARAMETERS:-}" || fail 'sign' 'the parameters did not arrive'
    parameters=$(mktemp "${RUNNER_TEMP:?}/slsa-parameters.XXXXXXXX")
    printf '%s\n' "$PARAMETERS" >"$parameters"
    arguments+=(
      "--build-type=https://github.com/$repository/blob/main/docs/reference/buildtypes/$BUILD_TYPE-v1.md"
      "--parameters=$parameters"
    )
    ;;
  *) fail 'sign' "there is no build type of this name: $BUILD_TYPE" ;;
esac

setup=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then setup+=(--build-from-source); fi
programs=$("$here/../../setup/install.sh" ${setup[@]+"${setup[@]}"} slsa-attest)

(
  cd "$folder"
  keep_environment ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN GITHUB_API_URL GITHUB_EVENT_PATH \
    GITHUB_SERVER_URL GITHUB_STEP_SUMMARY GITHUB_TOKEN
  quietly "$programs/slsa-attest" provenance "--output=$bundle" "${arguments[@]}"
) || fail 'sign' 'nothing was attested; the reason stands above'
[[ -s $bundle && ! -L $bundle ]] || fail 'sign' 'the attestor wrote no bundle'
[[ -z ${parameters:-} ]] || rm -f -- "$parameters"

output bundle-path "$bundle"
output bundle-file "$UNTRUSTED_NAME"
output bundle-sha256 "$(sha256_of "$bundle")"
output artifact-name "provenance-$(random_hex)"
