#!/bin/bash
# Prints QEMU's options for the fastest way in which a guest really boots here: KVM, else emulation. /dev/kvm may be
# there and not work (under another virtual machine), so a guest is booted once, as far as its first process, and what
# came of it is kept until the computer's kernel changes.
#
# usage: accelerator.sh KERNEL INITRD
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

kvm="-accel kvm -cpu host"
# Five levels of page tables are for more memory than any guest here has, and each miss of the TLB walks them.
emulation="-accel tcg,thread=multi -cpu max,la57=off"
answer=$cache/accelerator-$(uname -r)

boots_with_kvm() {
  local console
  [[ -r /dev/kvm && -w /dev/kvm ]] || return 1
  # shellcheck disable=SC2086 # two options in one
  console=$(timeout 15 qemu-system-x86_64 -nodefaults -no-user-config -machine q35 $kvm -m 512 -display none \
    -no-reboot -kernel "$1" -initrd "$2" -append "console=ttyS0 panic=-1" -serial stdio </dev/null 2>&1 |
    grep -a -m 1 "Begin: Loading essential drivers") || true
  [[ -n $console ]]
}

if [[ ! -f $answer ]]; then
  mkdir -p "$cache"
  if boots_with_kvm "$1" "$2"; then chosen=$kvm; else chosen=$emulation; fi
  echo "$chosen" >"$answer.$$"
  mv "$answer.$$" "$answer"
fi
cat "$answer"
