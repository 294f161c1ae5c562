#!/bin/bash
# Cleans up after a test file, also when its run was killed: the process that started this one has died, or asks for it by
# SIGTERM. Until then it holds the lock of `.alive` in the current folder, the file's folder for temporary files; machines
# end with the lock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$PWD

# Whatever was started there names the folder in its arguments or its environment; this process doesn't, nor does grep. Fails
# when there is nothing left.
end_all() {
  local pid found=1
  while IFS=/ read -r _ _ pid _; do
    kill -KILL "$pid" 2>/dev/null || true
    found=0
  done < <(grep -lsaF -f <(printf '%s\n' "$folder") /proc/[0-9]*/{cmdline,environ})
  return "$found"
}

clean() {
  # Nothing that the clean-up does may be cut short by a second signal.
  trap '' TERM INT HUP
  exec 9>&-
  kill "$!" || true
  while end_all; do sleep 0.05; done
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
