#!/usr/bin/env bash
# What the steps of a release share: its version, the names of its files, and files compared with a list of checksums.
#
# Sourced. The release is described in docs/release.md.
set -euo pipefail
release=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$release/../lib/common.sh"

# A version as releases have it: three numbers, nothing before or behind, no leading zeros.
is_version() { [[ $1 =~ ^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}$ ]]; }

# The version in Cargo.toml of this revision.
workspace_version() {
  local line section=
  while IFS= read -r line; do
    if [[ $line == '['* ]]; then section=$line; fi
    if [[ $section == '[workspace.package]' && $line =~ ^version\ =\ \"([^\"]*)\"$ ]]; then
      printf '%s' "${BASH_REMATCH[1]}"
      return
    fi
  done <"$release/../../Cargo.toml"
}

# Sets `released`, the programs of a release by the names of their files.
read_released() {
  local name
  released=()
  while IFS= read -r name; do released+=("$name"); done <"$release/programs.txt"
}

# Reads a list of checksums as sha256sum writes it into the arrays `hexes` and `names`; a name stands in it once.
read_checksums() {
  local line hex name
  hexes=()
  names=()
  read_lines "$1"
  for line in ${lines[@]+"${lines[@]}"}; do
    hex=${line%% *}
    name=${line#"$hex  "}
    if ! is_sha256 "$hex" || ! is_file_name "$name"; then fail 'checksums' "not a line of a list of checksums: $line"; fi
    [[ " ${names[*]-} " != *" $name "* ]] || fail 'checksums' "$name is listed twice"
    hexes+=("$hex")
    names+=("$name")
  done
  [[ ${#names[@]} -gt 0 ]] || fail 'checksums' 'the list of checksums is empty'
}

# The same out of the output of a job: base64 on one line.
decode_checksums() {
  local text
  [[ -n $1 ]] || fail 'digest' 'the digests are empty. GitHub drops an output that looks like a secret'
  [[ $1 =~ ^[A-Za-z0-9+/=]+$ ]] || fail 'digest' 'the digests are not in base64'
  text=$(base64 --decode <<<"$1") || fail 'digest' 'the digests are not in base64'
  read_checksums "$text"
}

# Demands that a folder has the files of the list that was read last, with their digests, and nothing else.
check_files() {
  local folder=$1 entries i
  [[ -d $folder && ! -L $folder ]] || fail 'artifact' 'nothing was downloaded'
  for i in "${!names[@]}"; do
    [[ -f $folder/${names[i]} && ! -L $folder/${names[i]} ]] || fail 'artifact' "${names[i]} is missing"
    check_sha256 "$folder/${names[i]}" "${hexes[i]}"
  done
  shopt -s nullglob dotglob
  entries=("$folder"/*)
  shopt -u nullglob dotglob
  [[ ${#entries[@]} -eq ${#names[@]} ]] ||
    fail 'artifact' "the artifact has ${#entries[@]} entries, of which ${#names[@]} are listed"
}

# Demands that the names of the list that was read last are those of a release, no more and no fewer.
check_names() {
  local name
  read_released
  for name in "${released[@]}"; do
    [[ " ${names[*]} " == *" $name "* ]] || fail 'release' "$name is missing"
  done
  for name in "${names[@]}"; do
    [[ " ${released[*]} " == *" $name "* ]] || fail 'release' "$name is no file of a release"
  done
}
