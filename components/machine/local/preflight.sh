#!/bin/bash
# Says what stands in the way of a machine on this computer, and which start of it this is, in lines of
#   problem<TAB>place in the arguments<TAB>reason
#   notice<TAB>text
#   generation<TAB>number
# Changes nothing. Runs at every `up` and preview, so it is quick.
#
# usage: preflight.sh PROJECT STACK      environment: CPUS MEMORY DISK_SIZE BIND PORT IMAGE SECURITY_MIRROR
#                                                     DATA_ROOT, dockerd's folder. Default: /var/lib/docker
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
use_stack "$1" "$2"

problem() { printf 'problem\t%s\t%s\n' "$1" "$2"; }

tool() {
  command -v "$1" >/dev/null && return
  problem machine "\"local\" needs $1; install it with: apt-get install $2"
}

# 7.2, which is Debian 12's own, crashes under the guest's kernel when it emulates.
qemu_version() {
  local line
  command -v qemu-system-x86_64 >/dev/null || return 0
  line=$(qemu-system-x86_64 --version)
  if [[ $line =~ version\ ([0-9]+)\. ]] && ((BASH_REMATCH[1] < 8)); then
    problem machine "\"local\" needs QEMU 8 or newer, and this is ${line%%$'\n'*}; on Debian 12 install it with: apt-get install -t bookworm-backports qemu-system-x86"
  fi
}

tools() {
  tool qemu-system-x86_64 qemu-system-x86
  qemu_version
  tool mke2fs e2fsprogs
  tool debugfs e2fsprogs
  tool flock util-linux
  tool node nodejs
  image_at_hand && return
  tool mmdebstrap mmdebstrap
  [[ $EUID == 0 ]] || problem machine "\"local\" needs an image that only root can build; run this once: $(printf 'sudo XDG_CACHE_HOME=%q IMAGE=%q bash %q build' "${cache%/remote-docker}" "${IMAGE:-1}" "$here/image.sh")"
}

# Where the machine is made anew, of today's packages.
image_at_hand() {
  local folder
  folder=$(image_folder)
  if renewal; then fresh "$folder" "${IMAGE_DAYS:-1}"; else [[ -d $folder ]]; fi
}

# Whether somebody listens where the front door is to be reached; addresses in /proc/net/tcp are little-endian hex.
port_taken() {
  local hex_port own_address file address state_code _
  local IFS=.
  # shellcheck disable=SC2086 # split at the dots
  set -- $BIND
  printf -v own_address '%02X%02X%02X%02X' "$4" "$3" "$2" "$1"
  printf -v hex_port '%04X' "$PORT"
  for file in /proc/net/tcp /proc/net/tcp6; do
    [[ -r $file ]] || continue
    while IFS=' ' read -r _ address _ state_code _; do
      [[ $state_code == 0A && ${address#*:} == "$hex_port" ]] || continue
      address=${address%:*}
      # IPv6's listeners may be there for IPv4 too: at all addresses, or at one that is written as an IPv6 address.
      if [[ $address =~ ^0+$ ]]; then return 0; fi
      address=${address#0000000000000000FFFF0000}
      if [[ $address == "$own_address" || $own_address == 00000000 && ${#address} == 8 ]]; then return 0; fi
    done <"$file"
  done
  return 1
}

port() {
  port_taken || return 0
  problem local.port "$PORT is taken by another program at $BIND (see: ss -ltnp sport = :$PORT); end it or write another port"
}

# memory MIB_IN_USE: MiB that the running machine would give back.
memory() {
  local name value available=0 _
  while read -r name value _; do
    if [[ $name == MemAvailable: ]]; then available=$((value / 1024 + $1)); fi
  done </proc/meminfo
  if ((MEMORY > available)); then
    problem local.memory "$MEMORY MiB is more than this computer has left, $available MiB; write less or end other programs"
  fi
}

resident() {
  local name value _
  while read -r name value _; do
    if [[ $name == VmRSS: ]]; then echo $((value / 1024)); fi
  done <"/proc/$pid/status"
}

disk() {
  local folder=$states data=$state/data free taken=0 size=0 needed system="" _
  if [[ ! -f $data && -f $state/disk ]]; then data=$state/disk; fi
  if [[ -f $data ]]; then
    read -r size taken < <(stat -c '%s %b' "$data")
    size=$((size / 1024 ** 3)) taken=$((taken / 2 / 1024))
  fi
  if ((DISK_SIZE < size)); then
    problem local.diskSize "$DISK_SIZE GiB is less than the disk has, $size GiB, and a disk can only grow; write $size or more, or destroy the stack first"
  fi
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  free=$(df --output=avail --block-size=1M "$folder" | tail -n 1)
  needed=$((DISK_SIZE * 1024 - taken))
  if [[ ! -f $state/disk ]] || renewal; then
    needed=$((needed + root_size * 1024)) system=" with $root_size GiB for the system"
  elif [[ -f $state/data ]]; then
    read -r _ taken < <(stat -c '%s %b' "$state/disk")
    needed=$((needed + root_size * 1024 - taken / 2 / 1024))
  fi
  if ((needed > free)); then
    problem local.diskSize "$DISK_SIZE GiB$system is more than $folder has left, $((free / 1024)) GiB; write less or make room"
  fi
}

# The only disk of a machine of earlier times has the folder too, wherever it is.
data_root() {
  local folder=${DATA_ROOT:-/var/lib/docker}
  [[ $folder/ != /var/lib/docker/* ]] || return 0
  if [[ ! -f $state/disk || -n $(made_from) ]] || renewal; then
    problem daemon.dataRoot "\"$folder\" is not on the data disk, which is at /var/lib/docker and is kept when the machine is made anew; leave it out"
  fi
}

# After these days the packages that don't get updates by themselves are worth a renewal.
old=60

notice() { printf 'notice\t%s\n' "$1"; }

notices() {
  local made days next=$((${IMAGE:-1} + 1))
  local renew="write local.image: $next and run up: the machine restarts with today's packages, and what Docker has stays"
  [[ -f $state/disk ]] || return 0
  if renewal; then
    notice "local.image is ${IMAGE:-1} now: the machine is made anew from an image of today's packages. It restarts once, which ends every client's containers, builds and streams. Images, containers, volumes and build cache stay, and containers with a restart policy start again; everything else on the machine goes, its log (npm run audit) among it"
    return
  fi
  made=$(made_from)
  if [[ -z $made ]]; then
    notice "the machine was made by an earlier version, and its system gets no security updates; $renew"
  else
    days=$((($(date +%s) - ${made##* }) / 24 / 3600))
    if ((days > old)); then
      notice "the machine's image is $days days old. Security updates come by themselves, but not those of the kernel, Docker and HAProxy; $renew"
    fi
  fi
  if [[ -f $state/without-security && ${SECURITY_MIRROR-} != none ]]; then
    notice "the machine's image was built without a security archive, so that the machine gets no security updates; name one as local.securityMirror, $renew"
  fi
}

generation=$(recorded generation)
notices
data_root
if running; then
  in_use=$(resident)
  if [[ $(recorded settings) == "$(settings)" && -n $generation ]] && ! renewal; then
    printf 'generation\t%s\n' "$generation"
    exit
  fi
  [[ $(recorded settings) == *" $BIND $PORT" ]] || port
else
  in_use=0
  port
fi
tools
memory "$in_use"
disk
printf 'generation\t%s\n' "$((${generation:-0} + 1))"
