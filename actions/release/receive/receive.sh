#!/usr/bin/env bash
# What a job downloads of a release is what was attested: the files by the digests that the signing job got, the
# provenance by the digest that left it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../files.sh
. "$here/../files.sh"

decode_checksums "${UNTRUSTED_SUBJECTS:-}"
check_files "${UNTRUSTED_FOLDER:?}"
only_file "${BUNDLE_FOLDER:?}"
check_sha256 "${file:?}" "${UNTRUSTED_BUNDLE_SHA256:-}"
output bundle-path "$file"
