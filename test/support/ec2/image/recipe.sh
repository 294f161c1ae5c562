#!/bin/bash
# Builds a stand-in for Debian 13's image on EC2 into an empty folder: root.ext4, vmlinuz, initrd.img. Like Debian's it has
# cloud-init with all its modules, an EC2 data source, DHCP and nothing of Docker or HAProxy; unlike it the kernel is
# booted directly, so that there is no partition table and no boot loader, and what would cost the emulated processor
# minutes in all is left out. Cached under the hash of this file.
#
# usage: recipe.sh FOLDER  (sources.list of Debian 13 on standard input)
set -euo pipefail
umask 022

# Nitro's disks are NVMe. udev, without which these modules are loaded and the root device is found, would cost seconds.
small_initrd() {
  local own=$1/etc/initramfs-tools
  mkdir -p "$own"/{conf.d,scripts/init-top,scripts/init-bottom} "$1/usr/share/initramfs-tools/modules.d"
  echo "MODULES=list" >"$own/conf.d/emulation"
  printf '%s\n' nvme virtio_pci virtio_blk ext4 >"$1/usr/share/initramfs-tools/modules.d/emulation"
  # mkinitramfs takes these instead of the package's scripts of the same names.
  echo '#!/bin/sh' >"$own/scripts/init-top/udev"
  # shellcheck disable=SC2016 # the initrd expands it
  printf '%s\n' '#!/bin/sh' '[ "$1" = prereqs ] || mount -n -o move /dev "$rootmnt/dev"' >"$own/scripts/init-bottom/udev"
  chmod +x "$own"/scripts/init-*/udev
}

configure() {
  echo "LABEL=root / ext4 errors=remount-ro,x-systemd.growfs 0 1" >"$1/etc/fstab"
  ln -sf /run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"
  rm -f "$1"/etc/ssh/ssh_host_*
  : >"$1/etc/machine-id"
  # QEMU's network has no room for 169.254.169.254: the metadata service is at another address. The mirror that this
  # computer uses stays the one of the image. Debian's has netplan between cloud-init and systemd-networkd.
  cat >"$1/etc/cloud/cloud.cfg.d/90_emulation.cfg" <<'CFG'
datasource_list: [Ec2]
datasource: { Ec2: { metadata_urls: ["http://10.0.2.100"] } }
apt: { preserve_sources_list: true }
system_info: { default_user: { name: admin }, network: { renderers: [networkd] } }
CFG
  chroot "$1" systemctl enable systemd-networkd.service
  # Descriptions of packages in English cost the emulated processor half a minute, as would unpacking the mirror's lists,
  # so that these stay.
  echo 'Acquire::Languages "none";' >"$1/etc/apt/apt.conf.d/90emulation"
  # Nobody cuts the power while packages are installed.
  echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/emulation"
  touch --reference="$1/usr" "$1/etc/.updated" "$1/var/.updated"
}

if [[ ${1-} == hook ]]; then
  "$2" "$3"
  exit
fi

folder=$1
tree=$folder/tree
packages=(
  linux-image-cloud-amd64 systemd-sysv systemd-resolved systemd-timesyncd dbus dhcpcd-base cloud-init
  cloud-guest-utils openssh-server sudo e2fsprogs ca-certificates debian-archive-keyring curl iproute2 locales
)
env --unset=SOURCE_DATE_EPOCH mmdebstrap --mode=root --variant=minbase --format=directory \
  --include="${packages[*]}" \
  --skip=cleanup/apt/lists \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --setup-hook="bash '$0' hook small_initrd \"\$1\"" \
  --customize-hook="bash '$0' hook configure \"\$1\"" \
  trixie "$tree" - >&2

cp "$tree"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$tree"/boot/initrd.img-* "$folder/initrd.img"
mke2fs -q -t ext4 -L root -d "$tree" "$folder/root.ext4" 3G >&2
rm -rf "$tree"
