#!/usr/bin/env bash
# The publishing job of a release: a draft, its files read back from GitHub and compared, and then the release.
#
# Runs behind receive.sh, which compared the files with what was attested.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../files.sh
. "$here/../files.sh"

[[ -n ${GITHUB_TOKEN:-} ]] || fail 'publish' 'there is no token'
repository=$(<"$here/../../repository.txt")
tag=${UNTRUSTED_TAG:-}
if [[ $tag != v* ]] || ! is_version "${tag#v}"; then fail 'publish' "not the tag of a release: $tag"; fi
kind=()
# The first release is there to sign the second, and is not what "latest" names.
if boolean first "${UNTRUSTED_FIRST:-}"; then kind+=(--prerelease); fi
work=$(mktemp -d "${RUNNER_TEMP:?}/slsa-publish.XXXXXXXX")
mkdir "$work/files" "$work/stored" "$work/gh"
cp -- "${UNTRUSTED_FOLDER:?}"/* "${UNTRUSTED_BUNDLE_PATH:?}" "$work/files/"

# gh without the environment and the configuration of anyone else.
github() {
  (
    keep_environment GITHUB_TOKEN
    GH_CONFIG_DIR="$work/gh" gh "$@"
  )
}

# A second draft of one tag would be possible, and nobody could say which one is published.
tags=$(github api --paginate "repos/$repository/releases?per_page=100" --jq '.[].tag_name') ||
  fail 'publish' 'the releases could not be listed'
read_lines "$tags"
for existing in ${lines[@]+"${lines[@]}"}; do
  [[ $existing != "$tag" ]] || fail 'publish' "there is a release or a draft of $tag already: look at it, and delete a draft by hand"
done

cat >"$work/notes" <<NOTES
What changed: [CHANGELOG.md](https://github.com/$repository/blob/$tag/CHANGELOG.md).
How to verify these files: [release.md](https://github.com/$repository/blob/$tag/docs/release.md#verify-a-release).
NOTES
quietly github release create "$tag" --repo "$repository" --draft --verify-tag --title "$tag" --notes-file "$work/notes" \
  ${kind[@]+"${kind[@]}"} -- "$work"/files/* || fail 'publish' 'the draft could not be made; its reason stands above'
quietly github release download "$tag" --repo "$repository" --dir "$work/stored" ||
  fail 'publish' 'the draft could not be read back. It is not published'
list=
for path in "$work"/files/*; do list+="$(sha256_of "$path")  ${path##*/}"$'\n'; done
read_checksums "$list"
check_files "$work/stored"
quietly github release edit "$tag" --repo "$repository" --draft=false || fail 'publish' 'the draft could not be published'
rm -rf -- "$work"
