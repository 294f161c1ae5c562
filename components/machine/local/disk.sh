#!/bin/bash
# The machine's disk: a full copy of the image (the cache may vanish) with the first boot's user data in it. It outlives
# the process and goes with the incarnation.
#
# usage: disk.sh create PROJECT STACK   user data on standard input
#        disk.sh delete PROJECT STACK
#        disk.sh discard PROJECT STACK  stops and removes the machine, whatever its incarnation: its state is lost
# environment: INCARNATION, DISK_SIZE (GiB), MIRROR as for image.sh
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

create() {
  if [[ $(recorded incarnation) != "$INCARNATION" || ! -f $state/disk ]]; then
    # Neither may take the user data from standard input.
    bash "$here/process.sh" stop "$2" "$3" </dev/null
    bash "$here/image.sh" build </dev/null
    new_disk
  fi
  # The guest grows its file system at its next start.
  truncate --size=">${DISK_SIZE}G" "$state/disk"
}

new_disk() {
  umask 077
  local image seed=$state/seed
  image=$(image_folder)
  # Also what a run that was killed has left behind.
  rm -rf "$state"
  mkdir -p "$seed"
  cp "$image/vmlinuz" "$image/initrd.img" "$state/"
  cp --sparse=always --reflink=auto "$image/root.ext4" "$state/disk.partial"
  cat >"$seed/user-data"
  meta_data >"$seed/meta-data"
  network_configuration >"$seed/network-config"
  seed_into "$state/disk.partial" "$seed"
  rm -rf "$seed"
  mv "$state/disk.partial" "$state/disk"
  echo "$INCARNATION" >"$state/incarnation"
}

# A new instance-id makes cloud-init take a disk for a new machine.
meta_data() { printf 'instance-id: %s\n' "$INCARNATION"; }

# The addresses that QEMU's user network hands out, without waiting for DHCP, whose client would listen.
network_configuration() {
  cat <<'END'
version: 2
ethernets:
  nic:
    match: { driver: virtio_net }
    addresses: [10.0.2.15/24]
    routes: [{ to: default, via: 10.0.2.2 }]
    nameservers: { addresses: [10.0.2.3] }
END
}

# debugfs needs neither root nor a loop device; it reports errors on its standard error alone.
seed_into() {
  local errors file
  errors=$(
    # Its commands know no quotes: a path with a space in it would be two words.
    cd "$2"
    {
      echo "cd /var/lib/cloud/seed/nocloud"
      for file in *; do
        echo "write $file $file"
        echo "sif $file mode 0100600"
      done
    } | debugfs -w -f - "$1" 2>&1 >/dev/null | grep -v '^debugfs 1' || true
  )
  [[ -z $errors ]] || fail "the first boot's data could not be written into the disk: $errors"
}

remove() {
  # A disk of another incarnation has already taken its place.
  [[ ! -f $state/incarnation || $(recorded incarnation) == "$INCARNATION" ]] || return 0
  bash "$here/process.sh" stop "$2" "$3"
  rm -rf --one-file-system "$state"
  if [[ -d $states/$stack_path ]]; then
    (cd "$states" && rmdir -p --ignore-fail-on-non-empty "$stack_path")
  fi
}

use_stack "$2" "$3"
case $1 in
  create) create "$@" ;;
  delete) remove "$@" ;;
  discard)
    INCARNATION=$(recorded incarnation)
    remove "$@"
    ;;
esac
