#!/bin/bash
# Prints QEMU's options for the fastest way in which a guest really boots here: KVM, else emulation. /dev/kvm may be
# there and not work (under another virtual machine), so a guest is booted once, as far as its first process, and what
# came of it is kept until the computer's kernel changes, or the file is removed.
#
# usage: accelerator.sh KERNEL INITRD     environment: KVM_SECONDS, the time that a guest has, 15;
#                                          KVM_DEVICE, /dev/kvm
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

kvm="-accel kvm -cpu host"
# Five levels of page tables are for more memory than any guest here has, and each miss of the TLB walks them.
emulation="-accel tcg,thread=multi -cpu max,la57=off"
answer=$cache/accelerator-$(uname -r)

# yes, no, or late: a busy computer may have had no time for it.
boots_with_kvm() {
  local console
  if ! [[ -r ${KVM_DEVICE:=/dev/kvm} && -w $KVM_DEVICE ]]; then
    echo no
    return
  fi
  # shellcheck disable=SC2086 # two options in one
  console=$({
    timeout "${KVM_SECONDS:-15}" qemu-system-x86_64 -nodefaults -no-user-config -machine q35 $kvm -m 512 -display none \
      -no-reboot -kernel "$1" -initrd "$2" -append "console=ttyS0 panic=-1" -serial stdio </dev/null 2>&1 ||
      echo "ended with $?"
  } | grep -a -m 1 -E "Begin: Loading essential drivers|^ended with 124$") || true
  case $console in
    *Begin*) echo yes ;;
    *124) echo late ;;
    *) echo no ;;
  esac
}

if [[ -f $answer ]]; then
  cat "$answer"
  exit
fi
case $(boots_with_kvm "$1" "$2") in
  yes) chosen=$kvm ;;
  no) chosen=$emulation ;;
  late)
    say "KVM didn't boot a guest in time on this busy computer: the machine is emulated, and KVM is tried again at its next start"
    echo "$emulation"
    exit
    ;;
esac
mkdir -p "$cache"
echo "$chosen" >"$answer.$$"
mv "$answer.$$" "$answer"
cat "$answer"
