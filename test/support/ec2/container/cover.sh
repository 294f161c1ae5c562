# shellcheck shell=bash
# machine.sh's `cover` for an instance of EC2 as a system container: it has its own network, its volumes at /run/devices
# (hardware.js), and tells cloud-init that it is one of EC2. Sets `covers`.

ec2=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
devices=/run/devices
cloud_init=/usr/lib/python3/dist-packages/cloudinit/sources/DataSourceEc2.py
emulation=/etc/cloud/cloud.cfg.d/90_emulation.cfg

mkdir "$devices" /run/covers
# As Xen's has it; a container has no firmware that cloud-init would ask.
echo "$CONTAINER_UUID" >"$devices/uuid"
sed "s#/sys/hypervisor/uuid#$devices/uuid#" "/run/machine$cloud_init" >/run/covers/DataSourceEc2.py
sed "s#http://10.0.2.100#http://169.254.169.254#" "/run/machine$emulation" >/run/covers/emulation.cfg
chmod 644 /run/covers/*
# shellcheck disable=SC2034 # machine.sh uses it
covers=(
  "--bind=$devices"
  "--bind-ro=/run/covers/DataSourceEc2.py:$cloud_init"
  "--bind-ro=/run/covers/emulation.cfg:$emulation"
  # mount(8) runs it for file systems of the type `volume`.
  "--bind-ro=$ec2/mount.volume:/usr/sbin/mount.volume"
  # systemd doesn't start before the network's device is there.
  "--set-credential=systemd.unit-dropin.cloud-init-local.service:[Service]\nExecStartPre=/bin/sh -c 'until test -e $devices/ready; do sleep 0.05; done'\n"
  # In a container systemd ignores devices in fstab, which firstBoot.sh writes.
  "--set-credential=systemd.extra-unit.var-lib-docker.mount:[Mount]\nWhat=$devices/xvdf\nWhere=/var/lib/docker\nType=volume\n"
)
