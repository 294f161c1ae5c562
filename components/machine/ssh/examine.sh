# shellcheck shell=bash
# Looks at a host that exists, and changes nothing. Prints one JSON object, whose values are text in base64. What the host
# had of its own before it was adopted comes from the record that adoption has kept.

readonly ADOPTION=/var/lib/remote-docker/adoption

# Usage: fact NAME COMMAND...: the command's output, nothing if it fails.
fact() {
  local name=$1 value
  shift
  value=$("$@" 2>/dev/null | base64 --wrap=0) || true
  printf '%s"%s":"%s"' "$separator" "$name" "$value"
  separator=,
}

examine() {
  local separator="{"
  export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
  fact osRelease cat /etc/os-release
  fact systemd systemctl --version
  fact machineId cat /etc/machine-id
  fact hostKeys cat /etc/ssh/ssh_host_ecdsa_key.pub /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/ssh_host_rsa_key.pub
  fact adopted adopted
  fact dockerVersion docker_version
  fact dockerBefore docker_before
  fact candidates apt-cache policy docker.io haproxy socat curl
  fact installed installed docker.io docker-ce haproxy socat curl podman-docker
  fact haproxyVersion haproxy -v
  fact snap snap list docker
  fact rootless rootless
  fact daemonJsonPath daemon_json_path
  fact daemonJson cat "$(original "$(daemon_json_path)")"
  fact arguments docker_arguments
  fact dockerService systemctl show docker.service --property=ActiveState,UnitFileState,LoadState
  fact dockerSocket docker_socket
  fact containers curl --silent --max-time 20 --unix-socket /run/docker.sock http://localhost/containers/json
  fact info curl --silent --max-time 20 --unix-socket /run/docker.sock http://localhost/info
  fact sshd sshd -T -C "user=$SSH_ACCOUNT,host=client.example.com,addr=192.0.2.1"
  fact account getent passwd "$SSH_ACCOUNT"
  fact listeners ss -Htulpn
  fact ufw ufw status
  fact firewalld firewalld_ports
  fact nftables nft list ruleset
  printf '}\n'
}

adopted() { [[ -e $ADOPTION/complete ]] && echo yes; }

docker_before() { if [[ -e $ADOPTION/complete ]]; then cat "$ADOPTION/docker-version"; else docker_version; fi; }

installed() {
  if [[ -e $ADOPTION/complete ]]; then
    printf '%s\n' "$@" | grep -xFf "$ADOPTION/packages"
  else
    dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" | sed -n 's/^installed //p'
  fi
}

# Where a file that adoption has taken the place of was kept.
original() {
  if [[ -e $ADOPTION/complete ]] && grep -qxF "$1" "$ADOPTION/places"; then
    printf '%s' "$ADOPTION/files$1"
  else
    printf '%s' "$1"
  fi
}

docker_version() { dockerd --version || docker --version; }

rootless() { pgrep -a rootlesskit || ls -d /home/*/.config/systemd/user/docker.service; }

# The daemon's own arguments, one to a line, as its unit has them: a drop-in, /etc/default/docker and all.
docker_arguments() {
  if [[ -e $ADOPTION/complete ]]; then
    cat "$ADOPTION/arguments"
    return
  fi
  local pid line words
  pid=$(systemctl show docker.service --property=MainPID --value)
  if [[ ${pid:-0} != 0 ]]; then
    tr '\0' '\n' <"/proc/$pid/cmdline" | tail -n +2
    return
  fi
  line=$(systemctl show docker.service --property=ExecStart --value | sed -n 's/.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p')
  # shellcheck source=/dev/null
  [[ ! -e /etc/default/docker ]] || . /etc/default/docker
  # shellcheck disable=SC2016 # as the unit has it
  read -ra words <<<"${line//'$DOCKER_OPTS'/${DOCKER_OPTS-}}"
  ((${#words[@]} < 2)) || printf '%s\n' "${words[@]:1}"
}

daemon_json_path() {
  local path
  path=$(docker_arguments | sed -n 's/^--config-file=//p; /^--config-file$/{n;p}' | tail -n 1)
  printf '%s' "${path:-/etc/docker/daemon.json}"
}

docker_socket() {
  if [[ -e $ADOPTION/complete ]]; then
    cat "$ADOPTION/docker.socket"
  else
    systemctl show docker.socket --property=ActiveState,UnitFileState,LoadState
  fi
}

firewalld_ports() { firewall-cmd --state && firewall-cmd --list-all; }
