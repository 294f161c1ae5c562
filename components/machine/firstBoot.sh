#!/bin/bash
# The first boot of a machine whose image has neither HAProxy nor Docker. The front door comes first: through it
# provisioning can watch the rest, of which nothing but the console tells before. Can be run again after a failure.
#
# usage: remote-docker-first-boot [VOLUME]   the data volume's serial number, like vol0123456789abcdef0
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

readonly state=/var/lib/remote-docker/first-boot log=/var/log/remote-docker-first-boot.log
readonly apt_log=/var/log/remote-docker-apt.log
readonly data=/var/lib/docker limit=1500
readonly front_door=(haproxy socat)
readonly docker=(docker.io docker-cli docker-buildx ca-certificates curl iptables nftables xz-utils)

say() { printf '%s\n' "$*" | tee -a "$log"; }

fail() {
  say "$*"
  exit 1
}

front_door_is_open() { systemctl is-active --quiet haproxy.service; }

# Every boot script of ours is for these packages. A newer Debian's may well do.
require_debian() {
  local ID="" VERSION_ID="" PRETTY_NAME="without a name"
  # shellcheck source=/dev/null
  . /etc/os-release
  [[ $ID == debian && ${VERSION_ID:-13} -ge 13 ]] ||
    fail "the image's system is $PRETTY_NAME, and the machine needs Debian 13: write the id of another image, or \"latest\", as aws.image"
}

# Mirrors are slow or away, and upkeep may be at work with apt: until it works, or 25 minutes have passed. Until the front
# door is open nobody could have it tried again, so that it goes on for as long as it takes.
patiently() {
  local what=$1
  shift
  say "$what"
  until "$@" </dev/null 2>&1 | tee -a "$apt_log" | { grep -E '^(E|Err|Waiting)' || true; } | tee -a "$log"; do
    ! front_door_is_open || ((SECONDS < limit)) || fail "$what: given up after $((SECONDS / 60)) minutes; all of it is in $apt_log"
    say "$what: didn't work, next attempt in 10 s"
    sleep 10
  done
}

# Those of the packages that the image hasn't had.
missing() {
  local states package
  states=$(dpkg-query --show --showformat='${Package}=${db:Status-Status} ' "$@" 2>/dev/null) || true
  for package in "$@"; do
    [[ " $states" == *" $package=installed "* ]] || echo "$package"
  done
}

# What the image has keeps its version: whoever made it has chosen.
install_packages() {
  local packages
  mapfile -t packages < <(missing "$@")
  ((${#packages[@]} > 0)) || return 0
  patiently "installing ${packages[*]}" apt-get install --quiet --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "${packages[@]}"
}

read_package_lists() {
  [[ -n $(missing "${front_door[@]}" "${docker[@]}") ]] || return 0
  patiently "reading the package lists" apt-get update --quiet -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=600
}

# sshd goes to the loopback address, and the front door takes its place. HAProxy's configuration is there before it is
# installed, and so it is started with it; one that the image has had already runs with another.
open_front_door() {
  local had
  had=$(command -v haproxy) || true
  systemctl restart ssh.service
  install_packages "${front_door[@]}"
  if [[ -n $had ]]; then
    systemctl is-enabled --quiet haproxy.service || systemctl enable --quiet haproxy.service
    systemctl reload-or-restart haproxy.service
  fi
  systemctl start haproxy.service
  say "the front door is open"
}

# By NVMe, a volume's serial number is its id without the hyphen; virtio has it too. Xen has none: there it is /dev/xvdf.
disk_of() {
  local disk serial
  for disk in /sys/block/*; do
    serial=$(cat "$disk/device/serial" "$disk/serial" 2>/dev/null | tr -d '[:space:]') || true
    if [[ -n $serial && ${serial:0:20} == "${1:0:20}" ]]; then
      echo "/dev/${disk##*/}"
      return
    fi
  done
  [[ -b /dev/xvdf ]] && echo /dev/xvdf
}

mount_data_volume() {
  local device
  say "waiting for the data volume $1"
  until device=$(disk_of "$1"); do
    ((SECONDS < limit)) || fail "the data volume $1 was not attached within $((SECONDS / 60)) minutes"
    sleep 2
  done
  format_if_empty "$device"
  mkdir -p "$data" /etc/systemd/system/docker.service.d
  sed -i "\\# $data #d" /etc/fstab
  echo "UUID=$(blkid -p -s UUID -o value "$device") $data ext4 nofail,x-systemd.growfs,x-systemd.device-timeout=3min 0 2" >>/etc/fstab
  # Without its data, dockerd would begin anew on the root volume.
  printf '[Unit]\nRequiresMountsFor=%s\n' "$data" >/etc/systemd/system/docker.service.d/05-data-volume.conf
  systemctl daemon-reload
  systemctl start "$(systemd-escape --path --suffix=mount "$data")"
  say "the data volume is mounted at $data"
}

format_if_empty() {
  local device=$1 found
  found=$(wipefs --no-act --noheadings --output TYPE "$device")
  [[ $found == ext4 ]] && return
  if [[ -n $found ]] || ! cmp --quiet --bytes=1048576 "$device" /dev/zero; then
    fail "the data volume is neither empty nor ext4 (${found:-unknown content}); empty it, or give the machine another one"
  fi
  say "formatting the data volume"
  mkfs.ext4 -q -L docker-data "$device"
}

# dockerd's first start is the first transaction's, with its configuration.
install_docker() {
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  install_packages "${docker[@]}"
  rm /usr/sbin/policy-rc.d
  # As `systemctl disable`, which would spend seconds on the packages' scripts for System V.
  rm -f /etc/systemd/system/multi-user.target.wants/{docker,containerd}.service
}

first_boot() {
  require_debian
  patiently "finishing what an interrupted run has left" dpkg --configure -a
  read_package_lists
  open_front_door
  if [[ -n ${1-} ]]; then mount_data_volume "$1"; fi
  install_docker
}

# What provisioning waits for: running, failed or complete.
if [[ ${1-} == --inner ]]; then
  shift
  first_boot "$@"
  say "the first boot is complete"
else
  echo running >"$state"
  if "$0" --inner "$@"; then
    echo complete >"$state"
  else
    echo failed >"$state"
    # Who waits for it looks for this line on the console: components/machine/aws/console.js.
    front_door_is_open || say "the front door stays closed"
    exit 1
  fi
fi
