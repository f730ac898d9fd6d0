#!/usr/bin/env bash
# Puts the programs of all building jobs together: each with the digest that left its job, each once, none too few.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../files.sh
. "$here/../files.sh"

stage=$(mktemp -d "${RUNNER_TEMP:?}/slsa-stage.XXXXXXXX")
list=
read_lines "${UNTRUSTED_BUILDS:-}"
for build in ${lines[@]+"${lines[@]}"}; do
  folder=${build%% *}
  [[ $folder =~ ^[a-z0-9-]+$ ]] || fail 'release' "not a build: $build"
  decode_checksums "${build#"$folder "}"
  check_files "$RUNNER_TEMP/$folder"
  for i in "${!names[@]}"; do
    list+="${hexes[i]}  ${names[i]}"$'\n'
    cp -- "$RUNNER_TEMP/$folder/${names[i]}" "$stage/${names[i]}"
  done
done
# Two builds with one name are found here as well.
read_checksums "$list"
check_names
LC_ALL=C sort -k 2 <<<"${list%$'\n'}" >"$stage/SHA256SUMS"
list+="$(sha256_of "$stage/SHA256SUMS")  SHA256SUMS"
read_checksums "$list"
check_files "$stage"
output folder "$stage"
output subjects "$(printf '%s\n' "$list" | base64 | tr -d '\n')"
output artifact-name "release-$(random_hex)"
