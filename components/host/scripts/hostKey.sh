# shellcheck shell=bash
# Installs the permanent host key. Both it and the bootstrap key are served until a connection on the permanent one
# succeeded. The key itself comes as the function host_key, which prints it.

install_host_key() {
  local key=/etc/ssh/ssh_host_ecdsa_key
  umask 077
  exec 9>/run/lock/remote-docker
  flock --timeout 600 9
  host_key >"$key.new"
  ssh-keygen -y -f "$key.new" >"$key.pub.new"
  chmod 644 "$key.pub.new"
  sync "$key.new"
  mv "$key.pub.new" "$key.pub"
  mv "$key.new" "$key"
  reload_sshd
  say "the permanent host key is installed"
}
