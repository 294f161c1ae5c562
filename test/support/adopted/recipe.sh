#!/bin/bash
# Builds a host that somebody has set up by hand, with a Docker daemon and, on Debian 12, an HAProxy of their own, into an
# empty folder: root.ext4, for a system container. Cached under the hash of this file and the release of Debian.
#
# usage: recipe.sh FOLDER SUITE  (sources.list of that release on standard input)
set -euo pipefail
umask 022

configure() {
  local root=$1
  printf '%s\n' '[Match]' 'Name=tap0' '[Network]' 'Address=10.0.2.15/24' 'Gateway=10.0.2.2' 'LinkLocalAddressing=no' \
    >"$root/etc/systemd/network/10-tap0.network"
  echo "nameserver 10.0.2.3" >"$root/etc/resolv.conf"
  : >"$root/etc/machine-id"
  echo "127.0.1.1 vm" >>"$root/etc/hosts"
  echo vm >"$root/etc/hostname"
  chroot "$root" systemctl enable systemd-networkd.service ssh.service
  chroot "$root" systemctl mask serial-getty@ttyS0.service getty@tty1.service console-getty.service
  chroot "$root" systemctl disable apt-daily.timer apt-daily-upgrade.timer
  chroot "$root" useradd --create-home --shell /bin/bash admin
  echo "admin ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/admin"
  configure_docker "$root"
  if [[ -e $root/etc/haproxy ]]; then configure_haproxy "$root"; fi
  touch --reference="$root/usr" "$root/etc/.updated" "$root/var/.updated"
}

# As people do: a daemon.json, a drop-in with a command line of its own, and no live-restore.
configure_docker() {
  local root=$1
  mkdir -p "$root/etc/docker" "$root/etc/systemd/system/docker.service.d"
  printf '%s\n' '{' '  "log-driver": "journald",' '  "default-ulimits": { "nofile": { "Name": "nofile", "Hard": 4096, "Soft": 2048 } }' '}' \
    >"$root/etc/docker/daemon.json"
  printf '%s\n' '[Service]' 'ExecStart=' "ExecStart=/usr/sbin/dockerd -H fd:// --data-root=/srv/docker" \
    >"$root/etc/systemd/system/docker.service.d/override.conf"
}

# Something else than a front door.
configure_haproxy() {
  printf '%s\n' 'global' '    user haproxy' '    group haproxy' 'defaults' '    mode http' '    timeout client 10s' \
    '    timeout server 10s' '    timeout connect 5s' 'frontend own' '    bind 127.0.0.1:8080' \
    '    http-request return status 200 content-type text/plain string "their own"' >"$1/etc/haproxy/haproxy.cfg"
}

if [[ ${1-} == hook ]]; then
  configure "$2"
  exit
fi

folder=$1 suite=$2
tree=$folder/tree
packages=(
  systemd-sysv dbus openssh-server sudo ca-certificates curl iproute2 iptables procps nftables kmod
  debian-archive-keyring docker.io
)
if [[ $suite == bookworm ]]; then packages+=(haproxy); else packages+=(docker-cli); fi
mmdebstrap --mode=root --variant=apt --format=directory --include="${packages[*]}" \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --customize-hook="bash '$0' hook \"\$1\"" \
  "$suite" "$tree" - >&2
mke2fs -q -t ext4 -L adopted -d "$tree" "$folder/root.ext4" 3G >&2
rm -rf "$tree"
