#!/usr/bin/env bash
# The first job of a release: whether the tag and this revision belong together, and who signs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../files.sh
. "$here/../files.sh"
setup="$here/../../setup"

repository=$(<"$here/../../repository.txt")
[[ ${GITHUB_REPOSITORY:-} == "$repository" ]] || fail 'release' "this is a copy of $repository: releases are made there"

tag=${UNTRUSTED_REF#refs/tags/}
if [[ ${UNTRUSTED_REF:-} != refs/tags/v* ]] || ! is_version "${tag#v}"; then
  fail 'release' "not the tag of a release, vX.Y.Z: ${UNTRUSTED_REF:-}"
fi
version=$(workspace_version)
[[ ${tag#v} == "$version" ]] || fail 'release' "the tag is $tag, and Cargo.toml has the version $version"

# is_older A B: numbers, not texts.
is_older() {
  local a b i
  IFS=. read -ra a <<<"$1"
  IFS=. read -ra b <<<"$2"
  for i in 0 1 2; do
    if [[ ${a[i]} -ne ${b[i]} ]]; then
      [[ ${a[i]} -lt ${b[i]} ]]
      return
    fi
  done
  return 1
}

before=$(<"$setup/version.txt")
is_version "$before" || fail 'release' 'version.txt is no version'
known=$(sed '/^#/d' "$setup/checksums.txt")
if [[ -z $known ]]; then
  # Emptied by mistake or by somebody else, the list would have the programs that sign built beside the token.
  [[ $before == "$version" ]] ||
    fail 'release' "checksums.txt is empty, but version.txt names $before: only the first release is signed from source"
  output first true
else
  is_older "$before" "$version" ||
    fail 'release' "version.txt names $before, which is not before $version: no revision knows its own programs"
  read_checksums "$known"
  for name in slsa-attest-x86_64-unknown-linux-musl slsa-verify-x86_64-unknown-linux-musl; do
    [[ " ${names[*]} " == *" $name "* ]] || fail 'release' "checksums.txt does not know $name, which this release needs"
  done
  output first false
fi
output tag "$tag"
