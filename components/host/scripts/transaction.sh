# shellcheck shell=bash
# Brings the host to the wanted configuration set, or leaves it as it was.

transaction() {
  local wanted daemon=none front_door=none
  # A lost connection must not stop it half way.
  trap '' HUP PIPE
  umask 077
  take_lock
  wanted=$(write_set)
  plan
  if [[ $daemon == none && $front_door == none ]]; then
    rm -rf "$wanted"
    healthy || fail "nothing was to be changed, but the daemon isn't well; look at journalctl -u docker -u haproxy"
  else
    roots_may_change "$wanted" || { rm -rf "$wanted"; fail "nothing was changed"; }
    wait_until_valid || { rm -rf "$wanted"; exit 1; }
    check "$wanted" || { rm -rf "$wanted"; fail "the configuration was rejected, and nothing was changed"; }
    change "$wanted"
  fi
  remove_other_sets
  retire_bootstrap_host_key
  # Links and removals too must outlive a power cut, since nothing would repeat them.
  sync
  printf '{"frontDoor":"%s","daemon":"%s"}\n' "$front_door" "$daemon"
}

take_lock() {
  exec 9>/run/lock/remote-docker
  flock --nonblock 9 && return
  say "waiting for another transaction on this host"
  flock --timeout 600 9 || fail "another transaction holds /run/lock/remote-docker for more than ten minutes; end it, or restart the machine"
}

# The least that is needed. Sets its caller's `daemon` and `front_door`.
plan() {
  local linked=yes
  links_are_made || linked=
  if [[ -z $linked ]] || ! front_door_runs || differs "$wanted" frontDoor; then front_door=reload; fi
  if [[ -z $linked ]] || ! daemon_runs || differs "$wanted" restart; then
    daemon=restart
  elif differs "$wanted" daemon; then
    daemon=reload
  fi
}

# New certificates are valid from now on, by the clock of the computer that made them; this one may be behind.
wait_until_valid() {
  local behind=$((VALID_FROM - EPOCHSECONDS))
  ((behind > 0)) || return 0
  say "the machine's clock is $behind s behind; waiting until the certificates are valid"
  if ((behind > 120)); then
    say "that would take too long: set the clock of the machine or of the computer that runs this right, and run this again"
    return 1
  fi
  sleep "$behind"
}

check() {
  say "checking the configuration"
  if [[ $front_door != none ]]; then check_front_door "$1" || return; fi
  if [[ $daemon != none ]]; then check_daemon "$1" || return; fi
}

change() {
  local wanted=$1 before since cause
  before=$(set_named applied)
  since=$(date +%s)
  # The same files, or systemd would find its drop-ins changed and ask for a reload in every answer.
  if [[ $daemon != restart ]]; then
    rm -rf "$wanted/restart"
    cp -a --link "$BASE/current/restart" "$wanted/restart"
  fi
  write_through "$wanted"
  name_set current "$wanted"
  make_links
  if apply && healthy; then
    name_set applied "$wanted"
    end_connections_of_revoked
    return
  fi
  cause=$(cause_from_journal docker.service "$since"; cause_from_journal haproxy.service "$since")
  roll_back "$before"
  say "$cause"
  exit 1
}

# dockerd first: the front door then finds it with the inner certificates that belong together.
apply() {
  case $daemon in
    restart) restart_daemon || return ;;
    reload) reload_daemon || return ;;
  esac
  if [[ $front_door == reload ]]; then reload_front_door || return; fi
}

roll_back() {
  local before=$1
  if [[ -z $before ]]; then
    say "it didn't work out; undoing the first transaction"
    undo_links
    stop_daemon
    reload_front_door || true
  else
    say "it didn't work out; putting the configuration back that was there before"
    name_set current "$before"
    if apply && healthy; then
      say "the daemon runs as before"
    else
      say "the daemon doesn't run as before either; look at journalctl -u docker -u haproxy"
    fi
  fi
  remove_other_sets
  say "the new configuration was not taken up, because:"
}

# This very connection proved the permanent host key. Only a machine that we created has a bootstrap key.
retire_bootstrap_host_key() {
  local key=/etc/ssh/ssh_host_ed25519_key permanent=/etc/ssh/ssh_host_ecdsa_key
  [[ -e $key && -e $permanent && -e /etc/ssh/sshd_config.d/10-remote-docker.conf ]] || return 0
  say "removing the bootstrap host key"
  rm -f "$key" "$key.pub"
  reload_sshd
}
