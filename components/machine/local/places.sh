# shellcheck shell=bash
# Where things are, and how scripts speak; sourced by the others.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { echo "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Images are named after their recipe.
image_folder() {
  local hash
  hash=$(sha256sum <"$here/recipe.sh")
  echo "${XDG_CACHE_HOME:-$HOME/.cache}/remote-docker/images/${hash:0:16}"
}

# state_folder PROJECT STACK
state_folder() {
  echo "${XDG_STATE_HOME:-$HOME/.local/state}/remote-docker/$1/$2/machine"
}
