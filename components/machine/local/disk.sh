#!/bin/bash
# The machine's disks, which outlive its process. `disk`: a full copy of the image (the cache may vanish) with the first
# boot's user data in it; it goes with the incarnation. `data`: what dockerd and containerd keep; it goes with the machine.
# A machine that was made before there were data disks has `disk` alone, which becomes its `data` when it is made anew.
#
# usage: disk.sh create PROJECT STACK   user data on standard input
#        disk.sh delete PROJECT STACK
#        disk.sh discard PROJECT STACK  stops and removes the machine, whatever its incarnation: its state is lost
# environment: INCARNATION; DISK_SIZE of the disk with the data, GiB; IMAGE, MIRROR, SECURITY_MIRROR as for image.sh
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

create() {
  local grown=$state/data
  if [[ $(recorded incarnation) != "$INCARNATION" || ! -f $state/disk ]]; then
    # Neither may take the user data from standard input. A machine that is made anew runs until all is ready.
    bash "$here/image.sh" build </dev/null
    umask 077
    prepare
    bash "$here/process.sh" stop "$2" "$3" </dev/null
    replace
  fi
  if [[ ! -f $grown ]]; then grown=$state/disk; fi
  # The guest grows its file system at its next start.
  truncate --size=">${DISK_SIZE}G" "$grown"
}

# All of a new machine but its data, in $next.
prepare() {
  local image seed=$next/seed
  image=$(image_folder)
  rm -rf --one-file-system "$next"
  mkdir -p "$seed"
  copy_image "$image"
  cat >"$seed/user-data"
  meta_data >"$seed/meta-data"
  network_configuration >"$seed/network-config"
  seed_into "$next/disk" "$seed"
  rm -rf "$seed"
  truncate --size=">${root_size}G" "$next/disk"
}

# Another run may be about to put a newer image into its place.
copy_image() {
  if [[ -f $1.lock ]]; then
    exec 8<"$1.lock"
    flock --shared 8
  fi
  cp "$1/vmlinuz" "$1/initrd.img" "$next/"
  cp --sparse=always --reflink=auto "$1/root.ext4" "$next/disk"
  echo "${IMAGE:-1} $(built "$1")" >"$next/image"
  if [[ -f $1/without-security ]]; then cp "$1/without-security" "$next/"; fi
  exec 8<&-
}

# The data stay whatever happens here: they are neither overwritten nor removed, and a killed run's next one goes on. From
# the first step to the last the incarnation is on record, so that nobody who deletes another one takes them along.
replace() {
  local file
  keep_data
  rm -f "$state/disk"
  echo "$INCARNATION" >"$state/incarnation"
  find "$state" -mindepth 1 -maxdepth 1 ! -name data ! -name next ! -name incarnation \
    -exec rm -rf --one-file-system {} +
  for file in "$next"/*; do
    [[ $file == "$next/disk" ]] || mv "$file" "$state/"
  done
  mv "$next/disk" "$state/disk"
  rmdir "$next"
}

keep_data() {
  if [[ ! -f $state/data ]]; then
    if [[ -n $(recorded incarnation) && -f $state/disk && -z $(made_from) ]]; then
      say "the machine's disk becomes its data disk: its images, containers and volumes stay where they are"
      mv "$state/disk" "$state/data"
    else
      new_data
    fi
  fi
  # Also one that was the only disk, which had the name that the new root has.
  e2label "$state/data" "$data_label"
}

# With the folders of an only disk, so that both kinds are mounted alike.
new_data() {
  local partial=$state/data.partial
  rm -f "$partial"
  truncate --size="${DISK_SIZE}G" "$partial"
  mke2fs -q -t ext4 -E root_owner=0:0 "$partial"
  edit "$partial" <<<"$(printf 'mkdir %s\n' var var/lib var/lib/docker var/lib/containerd)"
  mv "$partial" "$state/data"
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

# debugfs's commands know no quotes: a path with a space in it would be two words.
seed_into() (
  cd "$2"
  {
    echo "cd /var/lib/cloud/seed/nocloud"
    for file in *; do
      echo "write $file $file"
      echo "sif $file mode 0100600"
    done
  } | edit "$1"
)

# edit DISK: debugfs, with its commands on standard input. It needs neither root nor a loop device, and reports errors on
# its standard error alone.
edit() {
  local errors
  errors=$(debugfs -w -f - "$1" 2>&1 >/dev/null | grep -v '^debugfs 1' || true)
  [[ -z $errors ]] || fail "nothing could be written into $1: $errors"
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
next=$state/next
case $1 in
  create) create "$@" ;;
  delete) remove "$@" ;;
  discard)
    INCARNATION=$(recorded incarnation)
    remove "$@"
    ;;
esac
