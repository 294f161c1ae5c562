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

# When an image was built, in seconds since 1970.
built() { stat --format %Y "$1/root.ext4"; }

# fresh FOLDER DAYS: whether there is an image that is younger, and has the security archive that is asked for.
fresh() {
  [[ -d $1 ]] && (($(date +%s) - $(built "$1") < $2 * 24 * 3600)) || return 1
  [[ ! -f $1/without-security || ${SECURITY_MIRROR:-none} == none ]]
}

# GiB of the disk with the system, where the data have one of their own.
# shellcheck disable=SC2034 # for those who source this
root_size=8
# By this label of its file system the guest finds the data.
# shellcheck disable=SC2034
data_label=docker-data

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

# Where the machine is from: "<local.image> <when its image was built, in seconds since 1970>". Nothing of a machine that
# was made before there were data disks: all it has is on one.
made_from() { recorded image; }

# Whether the machine that there is has to be made anew.
renewal() {
  local made
  made=$(made_from)
  [[ -f $state/disk && ${made%% *} != "${IMAGE:-1}" ]] && [[ -n $made || ${IMAGE:-1} != 1 ]]
}

# What a running process was started with; a change of any of these starts it again.
settings() { echo "$CPUS $MEMORY $DISK_SIZE $BIND $PORT"; }
