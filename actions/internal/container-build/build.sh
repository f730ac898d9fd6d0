#!/usr/bin/env bash
# The build job of container-based.yml: runs the command in the image, in the folder of the project.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../lib/common.sh
. "$here/../../lib/common.sh"

only_hosted_without_token

image=$(jq --exit-status --raw-output '.builderImage | .uri + "@sha256:" + .digest.sha256' <<<"${DEFINITION:?}")
read_lines "$(jq --exit-status --raw-output '.command[]' <<<"$DEFINITION")"
command=(${lines[@]+"${lines[@]}"})
[[ ${#command[@]} -gt 0 ]] || fail 'build' 'there is no command'
# The image brings its environment; of the runner's nothing goes in, and no socket of the engine.
(
  keep_environment DOCKER_CONFIG
  quietly docker run --rm --pull=always --cap-drop=ALL --security-opt=no-new-privileges "--user=$(id -u):$(id -g)" \
    "--mount=type=bind,source=${PWD},target=/workspace" --workdir=/workspace --env=HOME=/tmp \
    "--entrypoint=${command[0]}" -- "$image" ${command[@]+"${command[@]:1}"}
) || fail 'build' 'the command failed in its image'
