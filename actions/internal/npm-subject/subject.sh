#!/usr/bin/env bash
# Names an npm package as its registry does in provenance, by its purl and its SHA-512, and says what it was built with.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

# Names as npm gives out: <https://docs.npmjs.com/cli/configuring-npm/package-json#name>, at most 214 characters.
part='[a-z0-9~_-][a-z0-9._~-]*'
name=${UNTRUSTED_PACKAGE_NAME:-}
version=${UNTRUSTED_PACKAGE_VERSION:-}
[[ ${#name} -le 214 && $name =~ ^(@$part/)?$part$ ]] || fail 'package' "not the name of a package: $name"
[[ ${#version} -le 100 && $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
  fail 'package' "not the version of a package: $version"
[[ ${UNTRUSTED_TARBALL_SHA512:-} =~ ^[0-9a-f]{128}$ ]] ||
  fail 'digest' 'the digest is empty or not 128 hexadecimal digits; GitHub drops an output that looks like a secret'
output subject "pkg:npm/${name/#@/%40}@$version@sha512:$UNTRUSTED_TARBALL_SHA512"
# As pack.sh reads them.
read_words "${UNTRUSTED_RUN_SCRIPTS:-}"
# shellcheck disable=SC2016 # for jq, not for the shell
output parameters "$(jq --null-input --compact-output --arg directory "${UNTRUSTED_DIRECTORY:-.}" --arg node "${UNTRUSTED_NODE_VERSION:-}" \
  '{directory: $directory, nodeVersion: $node, runScripts: $ARGS.positional}' --args ${words[@]+"${words[@]}"})"
