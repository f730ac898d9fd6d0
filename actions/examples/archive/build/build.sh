#!/usr/bin/env bash
# The tool itself: packs a folder into a tar archive that comes out the same each time.
set -euo pipefail

folder=$(jq --exit-status --raw-output '.folder | strings' <<<"${UNTRUSTED_INPUTS:?}")
name=$(jq --exit-status --raw-output '.name | strings' <<<"$UNTRUSTED_INPUTS")
[[ $folder =~ ^[A-Za-z0-9_-]+$ && $name =~ ^[A-Za-z0-9_-]+$ ]] || {
  echo 'archive: folder and name are letters, digits, - and _' >&2
  exit 1
}
mkdir -p -- "${UNTRUSTED_ARTIFACTS:?}"
tar --sort=name --mtime='1970-01-01 00:00:00Z' --owner=0 --group=0 --numeric-owner \
  -cf "$UNTRUSTED_ARTIFACTS/$name.tar" -- "$folder"
