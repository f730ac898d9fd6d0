#!/usr/bin/env bash
# The end of a build job of ours: hashes what stands in a folder, for the output that the signing job reads.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

# Subjects of an attestation, as actions/attest has it.
max_files=1024

only_hosted_without_token
folder=${UNTRUSTED_FOLDER:-}
if [[ -z $folder ]] || ! is_project_folder "$folder"; then
  fail 'input' "the folder with the artifacts is not one below the repository's root: $folder"
fi
[[ -d $folder && ! -L $folder ]] || fail 'build' "the build left no folder $folder"
# A link further up would lead out of the project as well.
[[ "$(cd -- "$folder" && pwd -P)/" == "$(pwd -P)"/* ]] || fail 'build' "the folder $folder is not in the project"
# Copied first, and hashed as copied: what still runs in the background writes into the other folder.
copy=$(mktemp -d "${RUNNER_TEMP:?}/slsa-artifacts.XXXXXXXX")
list=
count=0
shopt -s nullglob dotglob
for path in "$folder"/*; do
  name=${path##*/}
  is_file_name "$name" || fail 'build' "an artifact's name is not usable: $name"
  [[ -f $path && ! -L $path ]] || fail 'build' "an artifact is not a regular file: $name"
  cp -- "$path" "$copy/$name"
  list+="$(sha256_of "$copy/$name")  $name"$'\n'
  count=$((count + 1))
done
[[ $count -gt 0 ]] || fail 'build' "the build left nothing in $folder"
[[ $count -le $max_files ]] || fail 'build' "the build left $count files, at most $max_files are attested"
output folder "$copy"
output subjects "$(printf '%s' "$list" | base64 | tr -d '\n')"
output artifact-name "build-$(random_hex)"
