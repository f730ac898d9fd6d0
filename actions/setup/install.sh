#!/usr/bin/env bash
# Puts programs of this revision on the runner: install.sh [--build-from-source] PROGRAM...
#
# Prints the folder in which they are. A released program must have the SHA-256 that stands in checksums.txt beside
# this script, so in the same commit; it is compared before anything of it runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib/common.sh
. "$here/../lib/common.sh"

# Bytes of a program: 128 MiB. Our own bound; the largest that we build has 50.
max_bytes=134217728

from_source=false
if [[ ${1:-} == --build-from-source ]]; then
  from_source=true
  shift
fi
[[ $# -gt 0 ]] || fail 'setup' 'no program is named'
for program in "$@"; do
  case $program in
    slsa-attest | slsa-verify) ;;
    *) fail 'setup' "there is no program of this name: $program" ;;
  esac
done

# The name that Rust gives to this kind of machine.
target() {
  case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
    Linux-X64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64) echo aarch64-unknown-linux-musl ;;
    macOS-X64) echo x86_64-apple-darwin ;;
    macOS-ARM64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    *) fail 'setup' "there is no release for ${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown machine}" ;;
  esac
}

# The digest that this revision knows for a file of the release.
known_sha256() {
  local hex name found=
  while read -r hex name; do
    [[ $hex != '#'* && $name == "$1" ]] || continue
    [[ -z $found ]] || fail 'setup' "checksums.txt names $1 twice"
    found=$hex
  done <"$here/checksums.txt"
  is_sha256 "$found" || fail 'setup' "this revision knows no release of $1: use a released revision, or build-from-source"
  printf '%s' "$found"
}

suffix=
[[ ${RUNNER_OS:-} != Windows ]] || suffix=.exe
folder=$(mktemp -d "${RUNNER_TEMP:?}/slsa-programs.XXXXXXXX")

build() {
  command -v cargo >/dev/null || fail 'setup' 'build-from-source needs cargo'
  # Variables such as RUSTFLAGS and CARGO_BUILD_RUSTC_WRAPPER would run what an earlier step names.
  (
    cd "$here/../.."
    keep_environment CARGO_HOME RUSTUP_HOME
    CARGO_TARGET_DIR="$folder/target" quietly cargo build --release --locked --bin "$1"
  ) || fail 'setup' "$1 could not be built"
  mv -- "$folder/target/release/$1$suffix" "$folder/$1$suffix"
}

download() {
  local version name expected repository
  version=$(<"$here/version.txt")
  [[ $version =~ ^[0-9]{1,9}(\.[0-9]{1,9}){2}$ ]] || fail 'setup' 'version.txt is no version'
  repository=$(<"$here/../repository.txt")
  name="$1-$(target)$suffix"
  expected=$(known_sha256 "$name")
  # --disable: no .curlrc; the environment's proxies are left in place, since the digest decides.
  curl --disable --proto '=https' --proto-redir '=https' --tlsv1.2 --fail --silent --show-error --location \
    --max-redirs 5 --max-filesize "$max_bytes" --connect-timeout 10 --max-time 300 --retry 3 \
    --output "$folder/$name" -- "https://github.com/$repository/releases/download/v$version/$name" >&2 ||
    fail 'setup' "$name of release $version could not be downloaded"
  local found
  found=$(sha256_of "$folder/$name")
  if [[ $found != "$expected" ]]; then
    rm -f -- "$folder/$name"
    fail 'setup' "$name is not the program of this revision: expected sha256 $expected, found $found"
  fi
  chmod 0755 -- "$folder/$name"
  mv -- "$folder/$name" "$folder/$1$suffix"
}

for program in "$@"; do
  if [[ $from_source == true ]]; then build "$program"; else download "$program"; fi
done
rm -rf -- "$folder/target"
printf '%s\n' "$folder"
