# shellcheck shell=bash
# Before the first transaction on a machine whose image lacks HAProxy and Docker (components/machine/firstBoot.sh).

readonly FIRST_BOOT_STATE=/var/lib/remote-docker/first-boot
readonly FIRST_BOOT_LOG=/var/log/remote-docker-first-boot.log
readonly DATA=/var/lib/docker

# Usage: prepare GIB
prepare() {
  await_first_boot
  install_nftables
  grow_data_volume "$1"
}

await_first_boot() {
  local state
  state=$(cat "$FIRST_BOOT_STATE" 2>/dev/null || true)
  case $state in
    complete) return ;;
    failed) repeat_first_boot ;;
    *) watch_first_boot ;;
  esac
}

watch_first_boot() {
  say "the machine is still booting for the first time"
  cloud-init status --wait >/dev/null 2>&1 &
  tail --quiet --lines=+1 --follow=name --retry --pid=$! "$FIRST_BOOT_LOG" >&2 2>/dev/null || true
  [[ $(cat "$FIRST_BOOT_STATE" 2>/dev/null || true) == complete ]] && return
  tail --quiet --lines=30 /var/log/cloud-init-output.log >&2 || true
  give_up
}

# The first boot of an older version installed none. The machine does without where its mirror is away.
install_nftables() {
  type -P nft >/dev/null && return
  say "installing nftables, for the machine's firewall"
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 nftables >&2 </dev/null || true
}

# Whoever runs `up` once more has perhaps brought the mirror back. cloud-init keeps what it ran.
repeat_first_boot() {
  say "the first boot had failed; trying once more"
  sh /var/lib/cloud/instance/scripts/runcmd >&2 || give_up
}

give_up() {
  fail "the first boot failed, see above; put right what is missing and run this again, or look at /var/log/cloud-init-output.log on the machine"
}

# A volume that grew shows its new size at once, or soon; its file system follows while it is in use.
grow_data_volume() {
  local gib=$1 device answer
  device=$(findmnt --noheadings --output SOURCE --mountpoint "$DATA") ||
    fail "$DATA is not the data volume; look at: systemctl status var-lib-docker.mount"
  for _ in {1..120}; do
    (($(blockdev --getsize64 "$device") >= gib << 30)) && break
    sleep 1
  done
  (($(blockdev --getsize64 "$device") >= gib << 30)) ||
    fail "the data volume has less than $gib GiB on the machine; run this again in a few minutes"
  answer=$(resize2fs "$device" 2>&1) || fail "the data volume's file system can't grow: $answer"
}
