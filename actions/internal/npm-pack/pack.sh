#!/usr/bin/env bash
# The build job of npm.yml: installs, runs the scripts that the caller names, packs, and hands over the digests.
#
# This job runs code of the project and of its dependencies, so it may hold no token worth taking. What it says of the
# package is what the build says: the jobs that follow compare the tarball with it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

only_hosted_without_token

folder=${UNTRUSTED_DIRECTORY:-.}
is_project_folder "$folder" || fail 'input' "the directory is not one below the repository's root: $folder"
read_words "${UNTRUSTED_RUN_SCRIPTS:-}"
scripts=(${words[@]+"${words[@]}"})
for script in ${scripts[@]+"${scripts[@]}"}; do
  [[ $script =~ ^[A-Za-z0-9_][A-Za-z0-9:._-]{0,99}$ ]] || fail 'input' "not the name of a script: $script"
done
cd -- "$folder"

quietly npm ci || fail 'build' 'npm ci failed'
for script in ${scripts[@]+"${scripts[@]}"}; do
  quietly npm run "$script" || fail 'build' "the script $script failed"
done
pack=$(mktemp -d "${RUNNER_TEMP:?}/slsa-pack.XXXXXXXX")
quietly npm pack --pack-destination "$pack" || fail 'build' 'npm pack failed'
only_file "$pack"
tarball=${file:?}
is_file_name "$(basename "$tarball")" || fail 'build' "the tarball's name is not usable: $(basename "$tarball")"

# Name and version as they stand in the tarball, not in the folder: it is the tarball that is published.
manifest=$(tar -xzOf "$tarball" package/package.json) || fail 'build' 'the tarball has no package.json'
name=$(jq --exit-status --raw-output '.name | strings' <<<"$manifest") || fail 'build' 'the package has no name'
version=$(jq --exit-status --raw-output '.version | strings' <<<"$manifest") || fail 'build' 'the package has no version'

output tarball-path "$tarball"
output tarball-sha256 "$(sha256_of "$tarball")"
sha512=$(openssl dgst -sha512 -r <"$tarball")
output tarball-sha512 "${sha512%% *}"
output package-name "$name"
output package-version "$version"
output artifact-name "package-$(random_hex)"
