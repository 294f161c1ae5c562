#!/bin/bash
# Builds the guest's image from Debian packages into an empty folder: root.ext4, vmlinuz, initrd.img and the docker
# client with its buildx plugin. The image is cached under the hash of this file: whatever belongs to the image is here.
#
# usage: recipe.sh FOLDER  (sources.list of Debian 13 on standard input)
set -euo pipefail
umask 022

# Only what a direct kernel boot needs; all of Debian's modules would cost seconds of unpacking under emulation, and udev,
# without which these modules are loaded and the root device is known, seconds as well.
small_initrd() {
  local own=$1/etc/initramfs-tools
  mkdir -p "$own"/{conf.d,scripts/init-top,scripts/init-bottom} "$1/usr/share/initramfs-tools/modules.d"
  echo "MODULES=list" >"$own/conf.d/remote-docker"
  printf '%s\n' virtio_pci virtio_blk ext4 >"$1/usr/share/initramfs-tools/modules.d/remote-docker"
  # mkinitramfs takes these instead of the package's scripts of the same names.
  echo '#!/bin/sh' >"$own/scripts/init-top/udev"
  # shellcheck disable=SC2016 # the initrd expands it
  printf '%s\n' '#!/bin/sh' '[ "$1" = prereqs ] || mount -n -o move /dev "$rootmnt/dev"' >"$own/scripts/init-bottom/udev"
  chmod +x "$own"/scripts/init-*/udev
}

configure() {
  # The disk may have grown since the last start.
  echo "LABEL=remote-docker / ext4 errors=remount-ro,x-systemd.growfs 0 1" >"$1/etc/fstab"
  ln -sf /run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"
  first_boot "$1"
  services "$1"
}

# Host keys and identity come with the first boot.
first_boot() {
  rm -f "$1"/etc/ssh/ssh_host_*
  : >"$1/etc/machine-id"
  install -d -m 0700 "$1/var/lib/cloud/seed/nocloud"
  # No more of its modules than the user data of such a machine needs.
  cat >"$1/etc/cloud/cloud.cfg.d/90_remote-docker.cfg" <<'END'
datasource_list: [NoCloud]
cloud_init_modules: [write_files, set_hostname, users_groups, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts_user, final_message]
END
}

# systemctl is the guest's own: this computer may have none.
services() {
  # dockerd's configuration comes with the first transaction; dockerd starts containerd.
  chroot "$1" systemctl disable docker.service containerd.service
  # Upkeep that would run in the middle of somebody's build. Security updates have their hours from the user data.
  chroot "$1" systemctl disable dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service systemd-pstore.service
  # Nobody can log in there.
  chroot "$1" systemctl mask serial-getty@ttyS0.service getty@tty1.service
  # What systemd would do once because /usr is newer, the packages' own scripts have just done.
  touch --reference="$1/usr" "$1/etc/.updated" "$1/var/.updated"
}

if [[ ${1-} == hook ]]; then
  "$2" "$3"
  exit
fi

folder=$1
tree=$folder/tree
packages=(
  linux-image-cloud-amd64 systemd-sysv systemd-resolved systemd-timesyncd dbus netplan.io cloud-init openssh-server
  sudo e2fsprogs ca-certificates curl xz-utils iptables nftables unattended-upgrades haproxy socat docker.io docker-cli
  docker-buildx
)
# SOURCE_DATE_EPOCH would make Python check a hash of every file that it imports (py_compile's documentation).
env --unset=SOURCE_DATE_EPOCH mmdebstrap --mode=root --variant=minbase --format=directory \
  --include="${packages[*]}" \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --setup-hook="bash '$0' hook small_initrd \"\$1\"" \
  --customize-hook="bash '$0' hook configure \"\$1\"" \
  trixie "$tree" - >&2

cp "$tree"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$tree"/boot/initrd.img-* "$folder/initrd.img"
mkdir -p "$folder/bin/cli-plugins"
cp "$tree/usr/bin/docker" "$folder/bin/docker"
cp "$tree/usr/libexec/docker/cli-plugins/docker-buildx" "$folder/bin/cli-plugins/docker-buildx"
mke2fs -q -t ext4 -L remote-docker -d "$tree" "$folder/root.ext4" 3G >&2
rm -rf "$tree"
