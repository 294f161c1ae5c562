# shellcheck shell=bash
# Installs the permanent host key. Both it and the bootstrap key are served until a connection on the permanent one
# succeeded. The key itself comes as the function host_key, which prints it.

install_host_key() {
  local key=$PERMANENT_HOST_KEY
  umask 077
  exec 9>/run/lock/remote-docker
  flock --timeout 600 9
  host_key >"$key.new"
  ssh-keygen -y -f "$key.new" >"$key.pub.new"
  chmod 644 "$key.pub.new"
  mv "$key.pub.new" "$key.pub"
  mv "$key.new" "$key"
  reload_sshd
  # What the first boot wrote as well: the state says from now on that it is there, and a power cut must not belie it.
  sync
  say "the permanent host key is installed"
}
