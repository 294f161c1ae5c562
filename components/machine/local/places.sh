# shellcheck shell=bash
# Where things are, what runs, and how scripts speak; sourced by the others.

# Debian's default PATH leaves out where mke2fs and its like are.
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/remote-docker
states=${XDG_STATE_HOME:-$HOME/.local/state}

say() { echo "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

recipe=$here/recipe.sh
suite=trixie

# Images are named after their recipe, and their release of Debian where it isn't the usual one.
image_folder() {
  local hash
  if [[ $suite == trixie ]]; then hash=$(sha256sum <"$recipe"); else hash=$(sha256sum <<<"$suite $(<"$recipe")"); fi
  echo "$cache/images/${hash:0:16}"
}

# use_stack PROJECT STACK: the stack's machine is the one that the functions below are about.
use_stack() {
  stack_path=remote-docker/$1/$2
  state=$states/$stack_path/machine
  # Also how people find the process: `pgrep -f guest=remote-docker/`.
  process_name=guest=remote-docker/$1/$2
}

# What was recorded under a name, nothing if it wasn't.
recorded() {
  if [[ -f $state/$1 ]]; then echo "$(<"$state/$1")"; fi
}

# Sets `pid` if the machine's process lives. After a restart of the computer the number may be somebody else's.
running() {
  local arguments
  pid=$(recorded qemu.pid)
  [[ -n $pid ]] || return 1
  { arguments=$(tr '\0' ' ' <"/proc/$pid/cmdline"); } 2>/dev/null || return 1
  [[ " $arguments" == *" $process_name "* && $arguments == *"$state/"* ]]
}

# What a running process was started with; a change of any of these starts it again.
settings() { echo "$CPUS $MEMORY $DISK_SIZE $BIND $PORT"; }
