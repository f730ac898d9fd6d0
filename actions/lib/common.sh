# What the scripts of the actions share: how they refuse, what they print, and how a value leaves a step.
#
# Sourced, not run. Names that begin with UNTRUSTED_ hold what a caller, a build or an artifact wrote.
# An array that may be empty is written ${array[@]+"${array[@]}"}: the bash of macOS calls an empty one unset.
# shellcheck shell=bash

# Prints an error as an annotation, and ends the step. Both texts may be anything.
fail() {
  printf '::error title=%s::%s\n' "$(escape_property "$1")" "$(escape_data "$2")" >&2
  exit 1
}

# Returns a text as the message of a workflow command: one line, in which nothing is a command.
escape_data() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  # The older form of commands is found anywhere in a line.
  text=${text//'##['/'## ['}
  printf '%s' "$text"
}

# Returns a text as a property of a workflow command.
escape_property() {
  local text
  text=$(escape_data "$1")
  text=${text//:/%3A}
  text=${text//,/%2C}
  printf '%s' "$text"
}

# Returns 32 hexadecimal digits that nobody can have foreseen.
random_hex() {
  local hex
  hex=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  [[ $hex =~ ^[0-9a-f]{32}$ ]] || fail 'no random bytes' '/dev/urandom gave none'
  printf '%s' "$hex"
}

# Sets an output of the step: output NAME VALUE. A value is one line, and never empty: GitHub drops an output that looks
# like a secret, and whoever reads it must be able to tell.
output() {
  local name=$1 value=$2 delimiter
  [[ $name =~ ^[a-z0-9-]{1,64}$ ]] || fail 'output' "not the name of an output: $name"
  [[ -n $value ]] || fail 'output' "the output $name would be empty"
  if [[ $value == *[$'\n\r']* ]]; then fail 'output' "the output $name would have more than one line"; fi
  delimiter="slsa_$(random_hex)"
  if [[ $value == *"$delimiter"* ]]; then fail 'output' "the output $name has its own delimiter"; fi
  printf '%s<<%s\n%s\n%s\n' "$name" "$delimiter" "$value" "$delimiter" >>"${GITHUB_OUTPUT:?}"
}

# Runs a program whose text may repeat what others wrote: until it ends, the runner takes no command from it. Not for
# programs that mask secrets, whose masks would then stand in the log.
quietly() {
  local token status=0
  token="slsa_$(random_hex)"
  printf '::stop-commands::%s\n' "$token" >&2
  "$@" >&2 || status=$?
  printf '::%s::\n' "$token" >&2
  return "$status"
}

# Hands to programs only the variables that are named here. For subshells, in front of a program.
keep_environment() {
  local exported keep=" PATH HOME LANG TMPDIR RUNNER_TEMP SYSTEMROOT $* "
  while IFS= read -r exported; do
    [[ $keep == *" $exported "* ]] || export -n "${exported?}"
  done < <(compgen -e)
}

# Ends a job that builds unless it is on a machine of GitHub's and can ask for no identity token: a runner of one's own may
# carry the label of a hosted one.
only_hosted_without_token() {
  [[ -z ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]] || fail 'build' 'the build job could ask for an identity token'
  [[ ${RUNNER_ENVIRONMENT:-} == github-hosted ]] ||
    fail 'build' "the build job is on a runner that is not GitHub's: ${RUNNER_ENVIRONMENT:-unknown}"
}

# Prints the SHA-256 of a file, in hexadecimal.
sha256_of() {
  local hex
  if command -v sha256sum >/dev/null; then
    hex=$(sha256sum <"$1")
  else
    hex=$(shasum -a 256 <"$1")
  fi
  hex=${hex%% *}
  is_sha256 "$hex" || fail 'sha256' "could not hash $1"
  printf '%s' "$hex"
}

is_sha256() { [[ $1 =~ ^[0-9a-f]{64}$ ]]; }

# One object of JSON. With --slurp, because jq calls an empty text a success.
is_json_object() {
  jq --slurp --exit-status 'length == 1 and (.[0] | type == "object")' <<<"$1" >/dev/null 2>&1
}

# A name of a file that crosses jobs: no folders, no control characters, no leading dash or dot.
is_file_name() { [[ ${#1} -le 255 && $1 =~ ^[A-Za-z0-9_@+][A-Za-z0-9._@+-]*$ ]]; }

# Reads lines into the array `lines`; empty lines are left out.
read_lines() {
  local line
  lines=()
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    if [[ -n $line ]]; then lines+=("$line"); fi
  done <<<"$1"
}

# Reads words, with white space of any kind between, into the array `words`.
read_words() {
  local text=$1
  words=()
  # A here-document ends in a line feed; -d '' reads all lines, and fails at the end of them.
  # shellcheck disable=SC2034 # for whoever calls it
  read -r -d '' -a words <<<"$text" || true
}

# The only regular file of a folder that a download filled: only_file FOLDER. Sets `file`.
only_file() {
  local folder=$1 entries=()
  [[ -d $folder && ! -L $folder ]] || fail 'artifact' 'nothing was downloaded'
  shopt -s nullglob dotglob
  entries=("$folder"/*)
  shopt -u nullglob dotglob
  [[ ${#entries[@]} -eq 1 ]] || fail 'artifact' "the artifact has ${#entries[@]} entries where one file is expected"
  file=${entries[0]}
  [[ -f $file && ! -L $file ]] || fail 'artifact' 'the artifact is not one regular file'
}

# Demands that a file has the SHA-256 that came through a job's output: check_sha256 FILE HEX.
check_sha256() {
  local found
  is_sha256 "$2" || fail 'digest' 'the digest is empty or not 64 lower-case hexadecimal digits; GitHub drops an output that looks like a secret'
  found=$(sha256_of "$1")
  [[ $found == "$2" ]] || fail 'digest' "the artifact was changed after its digest left the job that made it: expected $2, found $found"
}

# Reads true or false: boolean NAME VALUE.
boolean() {
  case $2 in
    true | false) ;;
    *) fail 'input' "$1 is neither true nor false" ;;
  esac
  [[ $2 == true ]]
}

# A folder of the project, whatever its name: neither absolute, nor an option, nor above it.
is_project_folder() { [[ $1 != /* && $1 != -* && "/$1/" != */../* ]]; }

# A folder below a root: plain names with slashes between.
is_path_below() {
  [[ ${#1} -le 255 && $1 =~ ^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$ && $1 != -* && "/$1/" != */../* && "/$1/" != */./* ]]
}
