#!/usr/bin/env bash
# A building job of a release: the programs for one kind of machine, out of the checkout in the working directory.
#
# For rebuilding by hand as well: docs/release.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../files.sh
. "$here/../files.sh"

[[ -z ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]] || fail 'build' 'the build job could ask for an identity token'
target=${UNTRUSTED_TARGET:-}
toolchain=$(<"$release/toolchain.txt")
version=$(workspace_version)

# Which programs this machine gets, by their names in the release.
read_released
files=()
binaries=()
for name in "${released[@]}"; do
  program=${name%%"-$target"*}
  case $name in
    "$program-$target" | "$program-$target.exe")
      files+=("$name")
      binaries+=(--bin "$program")
      ;;
  esac
done
[[ ${#files[@]} -gt 0 ]] || fail 'build' "no program is released for $target"

# A folder as compilers name it. Git for Windows has names of its own, and tells those of Windows by pwd -W.
native() { (cd "$1" 2>/dev/null && pwd -W 2>/dev/null) || printf '%s' "$1"; }
flags="--remap-path-prefix=$(native "$PWD")=/slsa"
flags+=$'\x1f'"--remap-path-prefix=$(native "${CARGO_HOME:-$HOME/.cargo}")=/cargo"
case $target in
  *-linux-musl)
    # AWS-LC is written in C, and needs a compiler that knows musl's headers.
    if ! command -v musl-gcc >/dev/null; then
      { quietly sudo apt-get update && quietly sudo apt-get install --yes --no-install-recommends musl-tools; } ||
        fail 'build' 'musl-tools could not be installed'
    fi
    export "CC_${target//-/_}=musl-gcc"
    ;;
  *-windows-msvc)
    # No runtime of Visual C++ beside the program; and AWS-LC's assembler as its crate brings it, unless NASM is there.
    flags+=$'\x1f'-Ctarget-feature=+crt-static
    export AWS_LC_SYS_PREBUILT_NASM=1
    ;;
esac
# This variable is read before RUSTFLAGS and what configuration files name.
export CARGO_ENCODED_RUSTFLAGS=$flags
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
work=$(mktemp -d "${RUNNER_TEMP:?}/slsa-release.XXXXXXXX")
mkdir "$work/release"

quietly rustup toolchain install "$toolchain" --profile minimal --no-self-update --target "$target" ||
  fail 'build' "Rust $toolchain could not be installed"
CARGO_TARGET_DIR="$work/target" quietly cargo "+$toolchain" build --release --locked --target "$target" "${binaries[@]}" ||
  fail 'build' "the programs for $target could not be built"

list=
for name in "${files[@]}"; do
  program=${name%%"-$target"*}
  suffix=${name#"$program-$target"}
  cp -- "$work/target/$target/release/$program$suffix" "$work/release/$name"
  # It runs here, and is of this version.
  found=$("$work/release/$name" --version) || fail 'build' "$name does not run"
  [[ $found == "$program $version" ]] || fail 'build' "$name says that it is $found, not $program $version"
  if [[ $target == *-linux-musl ]]; then
    needed=$(readelf --dynamic --wide "$work/release/$name") || fail 'build' "$name is no ELF file"
    [[ $needed != *'(NEEDED)'* ]] || fail 'build' "$name is not static: it needs libraries of the system"
  fi
  list+="$(sha256_of "$work/release/$name")  $name"$'\n'
done
output folder "$work/release"
output subjects "$(printf '%s' "$list" | base64 | tr -d '\n')"
output artifact-name "programs-$(random_hex)"
