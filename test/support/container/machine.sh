#!/bin/bash
# Boots a disk of the product's image as a system container, at native speed: systemd-nspawn with a user namespace, so that
# root inside is nobody outside. All of it lives in a mount and a process namespace of its own and ends with this process:
# mounts, loop device, network. What a kill leaves is an empty control group, which sweep.sh removes. Needs root.
#
# usage: machine.sh      runs until the machine is switched off, or until this process ends
#        machine.sh can  whether this computer can have such a machine; says on standard error why not
#        machine.sh lose-writes PID
#                        of the machine whose machine.sh has that process id, the disk takes no more: what was not on it yet
#                        is lost, as when the power fails. The machine is to be killed then
# environment: CONTAINER_DISK     ext4, without partitions
#              CONTAINER_DATA     another one, with what belongs to /var/lib/docker and /var/lib/containerd; none if empty
#              CONTAINER_FORWARD  ADDRESS:PORT of this computer that leads to the machine's port 2376, or
#                                 ADDRESS:PORT=PORT to another one; several with a space between them
#              CONTAINER_CONSOLE  file that the console's output is added to
#              CONTAINER_QMP      socket that takes QMP's system_powerdown; none if empty
#              CONTAINER_COVER    script that is sourced instead of `cover`: ../ec2/container/cover.sh; none if empty
#              CONTAINER_HARDWARE see control.js
#              CONTAINER_TERMINAL whether the console is a terminal, which systemd's services write to; no if empty
#              CONTAINER_WORDS    words of the kernel's command line
#              CONTAINER_ALIVE    file whose lock somebody holds for as long as machines may live; none if empty
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

control_groups() { findmnt -rno TARGET -t cgroup2 | head -n 1; }

can() {
  local command
  [[ $EUID == 0 ]] || {
    echo "only root can have one" >&2
    return 1
  }
  for command in systemd-nspawn slirp4netns unshare setpriv findmnt e2fsck resize2fs; do
    command -v "$command" >/dev/null || {
      echo "$command is missing" >&2
      return 1
    }
  done
  [[ -n $(control_groups) ]] || {
    echo "no cgroup2 is mounted" >&2
    return 1
  }
  # What the rest relies on: namespaces, a cgroup2 of one's own, a loop device, a tap device.
  unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
    umount -R -l /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    unshare --user true
    losetup --find
    [[ -c /dev/net/tun ]]' >/dev/null
}

boot() {
  local status=0 group
  # No control group is made outside of it. The name says whose it is: sweep.sh.
  group=$(control_groups)/remote-docker-test-$$
  mkdir "$group"
  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    bash "${BASH_SOURCE[0]}" inside "$group" &
  wait "$!" || status=$?
  find "$group" -depth -type d -exec rmdir {} \; || true
  return "$status"
}

inside() {
  local status=133
  # Of its own, and the same after a reboot: the control groups are its root's.
  users=$(((${1##*-} % 16384 + 16) * 65536))
  echo $$ >"$1/cgroup.procs"
  umount -R -l /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  grow "$CONTAINER_DISK"
  mount -t tmpfs tmpfs /run
  mkdir /run/machine
  mount -o loop "$CONTAINER_DISK" /run/machine
  # shellcheck source=test/support/ec2/container/cover.sh
  if [[ -n ${CONTAINER_COVER-} ]]; then source "$CONTAINER_COVER"; else cover; fi
  if [[ -n ${CONTAINER_DATA-} ]]; then mount_data; fi
  if [[ -n ${CONTAINER_ALIVE-} ]]; then
    # With nspawn this process ends, and with it, as the first one of its namespace, all others.
    { flock --shared "$CONTAINER_ALIVE" true && pkill -KILL -x systemd-nspawn; } &
  fi
  # nspawn ends with 133 when the machine reboots.
  while ((status == 133)); do
    status=0
    one_boot || status=$?
  done
  return "$status"
}

# EXT4_IOC_SHUTDOWN, with EXT4_GOING_FLAGS_NOLOGFLUSH (Linux, fs/ext4/ext4.h).
lose_writes() {
  local process
  read -r process <"$(control_groups)/remote-docker-test-$1/cgroup.procs"
  # shellcheck disable=SC2016 # Perl's
  nsenter --mount --target "$process" perl -e '
    open(my $disk, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
    my $flags = pack("L", 2);
    ioctl($disk, 0x8004587d, $flags) or die "ext4 shutdown: $!\n";
  ' /run/machine
}

# As the machine's own systemd-growfs, which may not in a user namespace.
grow() {
  local blocks
  blocks=$(dumpe2fs -h "$1" 2>/dev/null | awk '/^Block count:/ { count = $3 } /^Block size:/ { printf "%d", count * $3 }')
  if ((blocks < $(stat --format %s "$1"))); then
    e2fsck -fp "$1" >/dev/null || (($? < 4))
    resize2fs "$1" >/dev/null 2>&1
  fi
}

# What the disk says about devices that a container doesn't have is covered, for whoever looks from inside.
cover() {
  local seed=/var/lib/cloud/seed/nocloud/network-config
  covers=(--bind-ro=/dev/null:/etc/fstab)
  [[ -f /run/machine$seed ]] || return 0
  sed 's/match: { driver: virtio_net }/match: { name: tap0 }/' "/run/machine$seed" >/run/network-config
  # Inside, the file's owner is nobody.
  chmod 644 /run/network-config
  covers+=("--bind-ro=/run/network-config:$seed")
}

mount_data() {
  local folder
  grow "$CONTAINER_DATA"
  mkdir /run/data
  mount -o loop "$CONTAINER_DATA" /run/data
  for folder in /var/lib/docker /var/lib/containerd; do
    covers+=("--bind=/run/data$folder:$folder:idmap")
  done
}

one_boot() {
  local nspawn control status=0 words=() console=pipe
  if [[ -n ${CONTAINER_TERMINAL-} ]]; then console=read-only; fi
  read -ra words <<<"${CONTAINER_WORDS-} systemd.mask=sys-kernel-debug.mount systemd.mask=sys-kernel-tracing.mount"
  SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 \
    systemd-nspawn --quiet --boot --machine=machine --directory=/run/machine --register=no --keep-unit \
    --private-network "--private-users=$users:65536" --private-users-ownership=auto \
    "${covers[@]}" --capability=all --resolv-conf=off --timezone=off --link-journal=no "--console=$console" --kill-signal=SIGRTMIN+3 \
    -- "${words[@]}" </dev/null >>"$CONTAINER_CONSOLE" 2>&1 &
  nspawn=$!
  node "$here/control.js" "$nspawn" "$CONTAINER_FORWARD" "${CONTAINER_QMP-}" &
  control=$!
  wait "$nspawn" || status=$?
  kill "$control" 2>/dev/null || true
  wait "$control" || true
  return "$status"
}

case ${1-} in
  can) can ;;
  inside) inside "$2" ;;
  lose-writes) lose_writes "$2" ;;
  *) boot ;;
esac
