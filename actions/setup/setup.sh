#!/usr/bin/env bash
# The step of actions/setup: installs what the inputs name, and puts it on the PATH of the steps that follow.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$here/../lib/common.sh"

arguments=()
if boolean build-from-source "${UNTRUSTED_BUILD_FROM_SOURCE:-}"; then arguments+=(--build-from-source); fi
read -ra programs <<<"${UNTRUSTED_PROGRAMS:-}"
[[ ${#programs[@]} -gt 0 ]] || fail 'setup' 'the input programs is empty'

folder=$("$here/install.sh" ${arguments[@]+"${arguments[@]}"} ${programs[@]+"${programs[@]}"})
output path "$folder"
printf '%s\n' "$folder" >>"${GITHUB_PATH:?}"
