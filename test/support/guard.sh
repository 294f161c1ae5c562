#!/bin/bash
# Cleans up after a test file, also when its run was killed: the process that started this one has died, or asks for it by
# SIGTERM. Until then it holds the lock of `.alive` in the current folder, the file's folder for temporary files; machines
# end with the lock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$PWD

clean() {
  # Nothing that the clean-up does may be cut short by a second signal.
  trap '' TERM INT HUP
  exec 9>&-
  kill "$!" || true
  # Whatever was started there names the folder; this process doesn't.
  while pkill -KILL -f -- "$folder/"; do sleep 0.05; done
  # The kernel lets go of a mount some time after the last process that could see it.
  while losetup --list --noheadings --output BACK-FILE | grep -qF "$folder/"; do sleep 0.05; done
  bash "$here/container/sweep.sh"
  cd /
  rm -rf --one-file-system "$folder"
  exit 0
}

trap clean TERM INT HUP
exec 9>.alive
flock 9
echo ready
# What it starts must not name the folder either.
export -n PWD
unset OLDPWD
sleep infinity 9>&- &
wait "$!"
