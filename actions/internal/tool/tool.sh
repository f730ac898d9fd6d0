#!/usr/bin/env bash
# Puts the tool's build action where the build job of delegator.yml runs it from.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

only_hosted_without_token
is_path_below "${UNTRUSTED_ACTION:-}" || fail 'tool' 'the action is not a folder below the root of the tool'
from="__slsa_tool__/$UNTRUSTED_ACTION"
to=__slsa_tool_action__
[[ ! -e $to && ! -L $to ]] || fail 'tool' "the project has a folder $to of its own"
[[ -f $from/action.yml || -f $from/action.yaml ]] || fail 'tool' "the tool has no action in $UNTRUSTED_ACTION"
[[ -z $(find "$from" -type l -print -quit) ]] || fail 'tool' "the tool's action has symbolic links"
cp -R -- "$from" "$to"
# The project is built without the tool's repository in it.
rm -rf -- __slsa_tool__
