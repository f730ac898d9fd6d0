#!/usr/bin/env bash
# Writes actions/setup/checksums.txt and version.txt from a release: checksums.sh VERSION FOLDER
#
# FOLDER has the files of the release, downloaded and verified as docs/release.md says.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=files.sh
. "$here/files.sh"

[[ $# -eq 2 ]] || fail 'checksums' 'usage: checksums.sh VERSION FOLDER'
version=$1
folder=$2
is_version "$version" || fail 'checksums' "not a version: $version"
[[ -f $folder/SHA256SUMS ]] || fail 'checksums' "$folder has no SHA256SUMS"
read_checksums "$(<"$folder/SHA256SUMS")"
check_names
for i in "${!names[@]}"; do
  [[ -f $folder/${names[i]} ]] || fail 'checksums' "${names[i]} is missing"
  found=$(sha256_of "$folder/${names[i]}")
  [[ $found == "${hexes[i]}" ]] || fail 'checksums' "${names[i]} is not what SHA256SUMS says: expected ${hexes[i]}, found $found"
done

setup="$here/../setup"
work=$(mktemp -d "${TMPDIR:-/tmp}/slsa-checksums.XXXXXXXX")
{
  sed -n '/^#/p' "$setup/checksums.txt"
  for i in "${!names[@]}"; do printf '%s  %s\n' "${hexes[i]}" "${names[i]}"; done
} >"$work/checksums.txt"
mv -- "$work/checksums.txt" "$setup/checksums.txt"
printf '%s\n' "$version" >"$setup/version.txt"
rm -rf -- "$work"
