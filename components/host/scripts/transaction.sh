# shellcheck shell=bash
# Brings the host to the wanted configuration set, or leaves it as it was.

transaction() {
  local wanted taken="" daemon=none front_door=none firewall=none hangs=""
  # A lost connection must not stop it half way.
  trap '' HUP PIPE
  umask 077
  # What bash and others keep in files for a moment needs no disk.
  export TMPDIR=/run
  somebody_trusts_wanted || give_up
  take_lock
  take_rights_away || give_up
  write_set || { say "the configuration can't be written below $BASE: is the disk full (df -h /), or read-only? Make room, for instance by docker system prune, and run this again"; give_up; }
  plan
  if [[ $daemon == none && $front_door == none && $firewall != load ]]; then
    rm -rf "$wanted"
    healthy || fail "nothing was to be changed, but the daemon isn't well; look at journalctl -u docker -u $FRONT_DOOR_UNIT"
  else
    roots_may_change "$wanted" || discard
    tls_may_rise "$wanted" || discard
    wait_until_valid || discard
    check "$wanted" || { say "the configuration was rejected"; discard; }
    change "$wanted"
  fi
  # Whoever was just coming in when the right was taken away.
  take_rights_away || give_up
  remove_other_sets
  retire_bootstrap_host_key
  # Links and removals too must outlive a power cut, since nothing would repeat them.
  sync
  printf '{"frontDoor":"%s","daemon":"%s"%s}\n' "$front_door" "$daemon" "$(report_on_firewall "$firewall")"
}

# The end of a transaction that did nothing but take rights away.
give_up() {
  say_what_holds
  fail "nothing was changed${taken:+ apart from that}"
}

discard() {
  rm -rf "$wanted"
  give_up
}

# Another transaction may last, and hang: a right is taken away while it is waited for, and once more afterwards.
take_lock() {
  exec 9>/run/lock/remote-docker
  flock --nonblock 9 && return
  say "waiting for another transaction on this host"
  take_rights_away || true
  flock --timeout 600 9 && return
  say_what_holds
  fail "another transaction holds /run/lock/remote-docker for more than ten minutes; end it, or restart the machine"
}

# The least that is needed. Sets its caller's `daemon`, `front_door`, `firewall` and `hangs`.
plan() {
  local linked=yes
  links_are_made || linked=
  if [[ -z $linked ]] || ! front_door_runs; then
    front_door=reload
  elif differs "$wanted" frontDoor; then
    if only_clients_differ "$wanted"; then front_door=update; else front_door=reload; fi
  fi
  if [[ $front_door == none ]] && ! ssh_clients_are_there; then front_door=update; fi
  if [[ -z $linked ]] || differs "$wanted" restart; then
    daemon=restart
  elif ! daemon_runs; then
    daemon=start
  elif daemon_hangs; then
    say "dockerd runs, but doesn't answer"
    # Without it they would end, and somebody may still need them.
    if keeps_containers "$BASE/current"; then daemon=restart hangs=yes; fi
  elif differs "$wanted" daemon; then
    daemon=reload
  fi
  if [[ ! -e $wanted/firewall/rules.nft ]]; then
    firewall=none
  elif ! has_nftables; then
    firewall=missing
  elif ! firewall_stands || differs "$wanted" firewall; then
    firewall=load
  fi
}

check() {
  say "checking the configuration"
  if [[ $front_door != none ]]; then check_front_door "$1" || return; fi
  if [[ $daemon != none ]]; then check_daemon "$1" || return; fi
  if [[ $firewall == load ]]; then check_firewall "$1" || return; fi
}

change() {
  local wanted=$1 before since cause
  before=$(set_named applied)
  since=$(date +%s.%N)
  if take_up "$wanted"; then return; fi
  cause=$(cause_from_journal docker.service "$since"; cause_from_journal "$FRONT_DOOR_UNIT" "$since")
  roll_back "$before"
  say "$cause"
  exit 1
}

take_up() {
  local wanted=$1
  if [[ $daemon != restart ]]; then keep_files restart || return; fi
  if [[ $firewall == none && -e $wanted/firewall/rules.nft ]]; then keep_files firewall || return; fi
  if [[ -n $ADOPTED ]]; then keep_containers_alive || return; fi
  name_set current "$wanted" && make_links && apply && healthy && name_set applied "$wanted"
}

# The same files, or systemd would find its units changed and ask for a reload in every answer.
keep_files() {
  rm -rf "${wanted:?}/$1" &&
    cp -a --link "$BASE/current/$1" "$wanted/$1" &&
    write_through "$wanted"
}

# dockerd first: the front door then finds it with the inner certificates that belong together.
apply() {
  case $daemon in
    start) start_daemon || return ;;
    restart)
      if [[ -n $hangs ]]; then end_daemon; fi
      hangs=
      restart_daemon || return
      ;;
    reload) reload_daemon || return ;;
  esac
  if [[ $front_door != none ]]; then welcome_ssh_clients || return; fi
  case $front_door in
    update) update_clients || return ;;
    reload) reload_front_door || return ;;
  esac
  if [[ $firewall == load ]]; then load_firewall || return; fi
  if [[ $front_door != none ]]; then dismiss_ssh_clients || return; fi
}

roll_back() {
  local before=$1
  if [[ -z $before ]]; then
    say "it didn't work out; undoing the first transaction"
    remove_ssh_account || say "the account $SSH_ACCOUNT can't be removed; remove it by: userdel $SSH_ACCOUNT"
    if [[ -n $ADOPTED ]]; then
      stop_front_door
      run_theirs
    else
      undo_links
      stop_daemon
      unload_firewall
      reload_front_door || true
    fi
  else
    say "it didn't work out; putting the configuration back that was there before"
    if name_set current "$before" && apply && healthy; then
      say "the daemon runs as before"
    else
      say "the daemon doesn't run as before either; look at journalctl -u docker -u $FRONT_DOOR_UNIT"
    fi
  fi
  remove_other_sets
  say_what_holds
  say "the new configuration was not taken up, because:"
}

# This very connection proved the permanent host key. Only a machine that we created has a bootstrap key.
retire_bootstrap_host_key() {
  [[ -z $ADOPTED && -e $BOOTSTRAP_HOST_KEY && -e $PERMANENT_HOST_KEY ]] || return 0
  say "removing the bootstrap host key"
  rm -f "$BOOTSTRAP_HOST_KEY" "$BOOTSTRAP_HOST_KEY.pub"
  reload_sshd
}
