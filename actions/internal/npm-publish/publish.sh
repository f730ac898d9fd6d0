#!/usr/bin/env bash
# The publishing job of npm.yml: the tarball that was attested, and no other, with its provenance.
#
# No script of the package runs: a tarball is published as it is, with --ignore-scripts.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

[[ -n ${NODE_AUTH_TOKEN:-} ]] || fail 'publish' 'the secret npm-token is empty'
case ${UNTRUSTED_ACCESS:-} in
  public | restricted) ;;
  *) fail 'input' 'the input access is neither public nor restricted' ;;
esac
[[ ${UNTRUSTED_TAG:-} =~ ^[A-Za-z][A-Za-z0-9._-]{0,99}$ ]] || fail 'input' "not a distribution tag: ${UNTRUSTED_TAG:-}"
[[ ${UNTRUSTED_REGISTRY:-} =~ ^https://[A-Za-z0-9.-]{1,253}(/[A-Za-z0-9._/-]*)?$ ]] ||
  fail 'input' "not the address of a registry: ${UNTRUSTED_REGISTRY:-}"

only_file "${TARBALL_FOLDER:?}"
tarball=${file:?}
[[ $tarball == *.tgz ]] || fail 'artifact' 'the artifact is no tarball'
check_sha256 "$tarball" "${UNTRUSTED_TARBALL_SHA256:-}"
only_file "${BUNDLE_FOLDER:?}"
bundle=$file
check_sha256 "$bundle" "${UNTRUSTED_BUNDLE_SHA256:-}"

# An empty folder: no .npmrc of anyone. npm itself puts the variable's value in its place.
work=$(mktemp -d "${RUNNER_TEMP:?}/slsa-publish.XXXXXXXX")
registry=${UNTRUSTED_REGISTRY%/}
# shellcheck disable=SC2016 # for npm, not for the shell
printf '//%s/:_authToken=${NODE_AUTH_TOKEN}\n' "${registry#https://}" >"$work/npmrc"
(
  cd "$work"
  keep_environment NODE_AUTH_TOKEN
  NPM_CONFIG_USERCONFIG="$work/npmrc" quietly npm publish --ignore-scripts "--registry=$registry/" \
    "--access=$UNTRUSTED_ACCESS" "--tag=$UNTRUSTED_TAG" "--provenance-file=$bundle" -- "$tarball"
) || fail 'publish' 'npm publish failed; its reason stands above'
rm -rf -- "$work"
