#!/bin/bash
# Removes the control groups of machines that have ended, which the kernel keeps until somebody does. A group's name ends
# with the process id of the machine.sh that made it: while that lives, the group stays.
set -euo pipefail

# One that has ended but that nobody has asked after has no command line any more.
lives() { [[ -n $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]] 2>/dev/null; }

cgroup2=$({ findmnt -rno TARGET -t cgroup2 || true; } | head -n 1)
[[ -n $cgroup2 ]] || exit 0
for group in "$cgroup2"/remote-docker-test-*; do
  if [[ ! -d $group ]] || lives "${group##*-}"; then continue; fi
  # The last processes of a killed namespace take a moment to be gone.
  for ((patience = 250; patience > 0; patience--)); do
    grep -qx "populated 1" "$group/cgroup.events" 2>/dev/null || break
    sleep 0.02
  done
  # Another sweep may be at it.
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
done
