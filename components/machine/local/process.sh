#!/bin/bash
# The machine's process: QEMU on the stack's disk, in the background, reachable through the front door's port alone.
#
# usage: process.sh start PROJECT STACK     starts it if it isn't running as wanted, and waits until sshd answers
#        process.sh stop PROJECT STACK      shuts the guest down
#        process.sh delete PROJECT STACK    the same, unless the machine is already of another incarnation
#        process.sh halt PROJECT STACK      shuts the guest down by its user's wish; what is on its disks stays
#        process.sh resume PROJECT STACK    starts it as it was started before, if it doesn't run
# environment: INCARNATION, and but for the last two GENERATION CPUS MEMORY DISK_SIZE BIND PORT
#              BOOT_SECONDS, SHUTDOWN_SECONDS: the time that a guest has; 600 and 60, for a busy computer that emulates
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

start() {
  if [[ ! -f $state/disk && -f $state/data ]]; then
    fail "the disk with the machine's system is gone from $state, and what Docker has is still there; write another number as local.image, and run: npm run up"
  fi
  [[ -f $state/disk && (-f $state/data || -z $(made_from)) ]] || fail "a disk of the machine is gone from $state; run: npm run destroy, then npm run up"
  [[ $(recorded incarnation) == "$INCARNATION" ]] || fail "the machine in $state is not this stack's: it was made by another state since; run: npm run up, which says what can be done"
  umask 077
  if running && [[ $(recorded settings) != "$(settings)" ]]; then stop; fi
  if ! running; then
    settings >"$state/settings"
    say "starting the machine ($CPUS processors, $MEMORY MiB)"
    launch
  fi
  wait_for_sshd
  echo "$GENERATION" >"$state/generation"
}

# It lives for months: nothing of the environment of now, passphrases and cloud credentials among it, goes with it.
# QEMU's own -daemonize forbids the sandbox to deny it new processes and privileges.
launch() {
  local accelerator data=() kernel="root=/dev/vda ro console=ttyS0 ds=nocloud"
  # cloud-init has done its work on the first boot, and a start of its Python takes many seconds under emulation.
  # A power cut during the first boot must not leave empty files behind, which nothing would write again.
  if [[ -f $state/generation ]]; then kernel+=" cloud-init=disabled"; else kernel+=" rootflags=sync"; fi
  if [[ -f $state/data ]]; then
    kernel+=$(data_mounts)
    data=(-drive "if=none,id=data,format=raw,discard=unmap,file=$state/data" -device "virtio-blk-pci,drive=data")
  fi
  accelerator=$(bash "$here/accelerator.sh" "$state/vmlinuz" "$state/initrd.img")
  # A socket's path has at most 107 bytes, so it is a relative one; the disk's names the stack in the process list.
  cd "$state"
  rm -f qemu.pid qmp.sock
  # shellcheck disable=SC2086 # two options in one
  env --ignore-environment PATH="$PATH" setsid qemu-system-x86_64 -name "$process_name" -nodefaults -no-user-config -machine q35 \
    $accelerator -smp "$CPUS" -m "$MEMORY" -display none -rtc base=utc \
    -kernel vmlinuz -initrd initrd.img -append "$kernel" \
    -drive "if=none,id=root,format=raw,discard=unmap,file=$state/disk" -device virtio-blk-pci,drive=root "${data[@]}" \
    -netdev "user,id=net,ipv6=off,hostfwd=tcp:$BIND:$PORT-:2376" -device virtio-net-pci,netdev=net \
    -device virtio-rng-pci -serial file:console.log -qmp unix:qmp.sock,server=on,wait=off \
    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
    -pidfile qemu.pid </dev/null >qemu.log 2>&1 &
  qemu=$!
  until [[ -s qemu.pid ]]; do
    kill -0 "$qemu" 2>/dev/null || fail "QEMU did not start: $(<qemu.log)"
    sleep 0.05
  done
}

# Words of the kernel's command line by which systemd mounts the data (systemd-fstab-generator). Where that fails the machine
# doesn't come up, so that dockerd never begins anew on the root disk. fstrim.timer looks at fstab alone: hence "discard".
# On a busy computer that emulates, udev took more than the 90 s that systemd waits for a device.
data_mounts() {
  local folder
  printf ' systemd.mount-extra=%s' "LABEL=$data_label:/var/lib/remote-docker/data:ext4:x-systemd.growfs,discard,x-systemd.device-timeout=10min"
  for folder in /var/lib/docker /var/lib/containerd; do
    printf ' systemd.mount-extra=%s' "/var/lib/remote-docker/data$folder:$folder:none:bind"
  done
}

# The kernel, the initial file system and systemd stop at these for ever.
stuck="Kernel panic|dropping to a shell|You are in emergency mode"

wait_for_sshd() {
  local begin=$SECONDS next=10 waited starts=1
  until answers; do
    waited=$((SECONDS - begin))
    if ! running; then
      if ! crashed || ((starts++ == 3)); then boot_failed "the machine's process ended while it booted$ending"; fi
      say "the machine's process crashed while it booted$ending: starting it again"
      launch
    fi
    ! grep -Eiq "$stuck" "$state/console.log" || boot_failed "the machine does not boot"
    ((waited < ${BOOT_SECONDS:-600})) || boot_failed "the machine did not answer within $waited s"
    if ((waited >= next)); then
      say "the machine is booting ($waited s)"
      next=$((waited + 10))
    fi
    sleep 0.3
  done
  say "the machine answers after $((SECONDS - begin)) s"
}

# QEMU's network accepts connections before the guest listens: only sshd's banner says that it is there. The front door
# knows SSH by the first bytes.
answers() {
  local host=$BIND banner=""
  [[ $host != 0.0.0.0 ]] || host=127.0.0.1
  {
    exec 5<>"/dev/tcp/$host/$PORT" || return 1
    echo "SSH-2.0-remote-docker" >&5 || true
    read -r -t 2 -n 4 -u 5 banner || true
    exec 5>&-
  } 2>/dev/null
  [[ $banner == SSH- ]]
}

# Whether the process that this run has started was ended by a fault of its own: QEMU's emulation has some, which another
# attempt doesn't meet. Sets `ending` to how it ended and what it said.
crashed() {
  local status=0
  ending=""
  [[ -n ${qemu-} ]] || return 1
  wait "$qemu" || status=$?
  ending=" (exit status $status) $(<"$state/qemu.log")"
  case $status in
    $((128 + 4)) | $((128 + 6)) | $((128 + 7)) | $((128 + 8)) | $((128 + 11))) return 0 ;; # SIGILL ABRT BUS FPE SEGV
    *) return 1 ;;
  esac
}

boot_failed() {
  say "the end of the machine's console ($state/console.log):"
  tail -n 30 "$state/console.log" >&2 || true
  say "$1"
  # The next `up` begins with a fresh start.
  end
  exit 1
}

stop() {
  local begin=$SECONDS patience=${SHUTDOWN_SECONDS:-60}
  if running; then
    say "shutting the machine down"
    (cd "$state" && node "$here/monitor.js" qmp.sock system_powerdown >/dev/null) || true
    while running && ((SECONDS - begin < patience)); do sleep 0.2; done
  fi
  if running; then say "the machine did not shut down within $patience s: ending its process"; fi
  end
}

halt() {
  require_own
  if ! running; then
    say "the machine doesn't run"
    return
  fi
  stop
  say "the machine is stopped; what is on its disks stays"
}

resume() {
  require_own
  if running; then
    say "the machine runs already"
    return
  fi
  read -r CPUS MEMORY DISK_SIZE BIND PORT <"$state/settings"
  GENERATION=$(recorded generation)
  start
}

# Of this computer's, and of nobody else's.
require_own() {
  [[ -f $state/disk && -f $state/settings ]] || fail "the machine is not on this computer: run this on the one where npm run up has made it"
  [[ $(recorded incarnation) == "$INCARNATION" ]] || fail "the machine in $state is not this stack's: it was made by another state since; nothing was done"
}

end() {
  while running; do
    kill -KILL "$pid" || true
    sleep 0.1
  done
  rm -f "$state"/{qemu.pid,qmp.sock}
}

use_stack "$2" "$3"
case $1 in
  start) start ;;
  stop) stop ;;
  halt) halt ;;
  resume) resume ;;
  delete) [[ $(recorded incarnation) != "$INCARNATION" ]] || stop ;;
esac
