# shellcheck shell=bash
# A host that was there before: what is its own is kept before the first change, and given back at the end.

readonly ADOPTION=/var/lib/remote-docker/adoption OWNER=/var/lib/remote-docker/owner

# Usage: adopt ID FORMER: for the stack of that id, which may take the place of the stack FORMER. What is the host's comes
# as functions: their_arguments, their_docker_socket and their_version print what examine.sh found, their_file the path of
# their daemon.json, keeping_json that file with live-restore, plain_json with what they had; wanted_packages and
# give_back_script print what they say.
adopt() {
  local former=$2
  trap '' HUP PIPE
  umask 022
  export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
  exec 9>/run/lock/remote-docker
  flock --timeout 600 9 || fail "another transaction holds /run/lock/remote-docker for more than ten minutes; end it, or restart the host"
  claim_host "$1" "$former"
  [[ -e $ADOPTION/complete ]] || keep_what_is_there
  give_back_script >"$ADOPTION/give-back.new"
  mv "$ADOPTION/give-back.new" "$ADOPTION/give-back"
  install_wanted
  sync
  say "the host's own configuration is kept in $ADOPTION"
}

claim_host() {
  local found=""
  mkdir -p "${OWNER%/*}"
  [[ ! -e $OWNER ]] || found=$(<"$OWNER")
  if [[ -n $found && $found != "$1" && $found != "$2" ]]; then
    fail "the host belongs to another stack, $found: destroy that stack, or let this one take its place: ssh.takeOver: $found; nothing was changed"
  fi
  if [[ -n $found && $found != "$1" ]]; then end_former; fi
  printf '%s\n' "$1" >"$OWNER.new" && mv "$OWNER.new" "$OWNER"
}

# Nobody whom the former stack let in comes in any more. What is the host's own stays kept.
end_former() {
  say "ending what the former stack has there"
  stop_front_door
  remove_ssh_account
  [[ ! -e $ADOPTION/complete ]] || run_theirs
  rm -rf "$BASE"
}

# Everything that adoption and transactions put something in the place of.
places() {
  links | cut -d ' ' -f 1
  printf '%s\n' "$WANTS"/{docker.service,"$CONTAINERS_UNIT","$FRONT_DOOR_UNIT"} \
    /etc/systemd/system/sockets.target.wants/docker.socket
}

keep_what_is_there() {
  local place folder unit
  say "keeping what the host has of its own"
  rm -rf "$ADOPTION"
  mkdir -p "$ADOPTION/files"
  chmod 700 "$ADOPTION"
  while read -r place; do
    printf '%s\n' "$place" >>"$ADOPTION/places"
    folder=${place%/*}
    [[ -d $folder ]] || printf '%s\n' "$folder" >>"$ADOPTION/new-folders"
    if [[ -e $place || -L $place ]]; then
      mkdir -p "$ADOPTION/files$folder"
      cp -a "$place" "$ADOPTION/files$place"
    fi
  done < <({ places; their_file; } | sort -u)
  for unit in docker.service docker.socket containerd.service; do
    if systemctl --quiet is-active "$unit"; then printf '%s\n' "$unit" >>"$ADOPTION/active"; fi
  done
  touch "$ADOPTION/active" "$ADOPTION/new-folders"
  their_arguments >"$ADOPTION/arguments"
  their_docker_socket >"$ADOPTION/docker.socket"
  their_file >"$ADOPTION/file"
  their_version >"$ADOPTION/docker-version"
  keeping_json >"$ADOPTION/keeping.json"
  plain_json >"$ADOPTION/plain.json"
  installed_packages >"$ADOPTION/packages"
  getent passwd >"$ADOPTION/users"
  getent group >"$ADOPTION/groups"
  for folder in /var/lib/docker /var/lib/containerd /etc/docker /etc/haproxy /var/lib/haproxy; do
    if [[ -e $folder ]]; then printf '%s\n' "$folder" >>"$ADOPTION/folders"; fi
  done
  touch "$ADOPTION/folders"
  keep_network
  sync
  touch "$ADOPTION/complete"
  sync
}

# What a Docker daemon adds to a host that had none.
keep_network() {
  local family
  sysctl -n net.ipv4.ip_forward >"$ADOPTION/ip_forward"
  for family in iptables ip6tables; do
    { "$family-save" 2>/dev/null || true; } >"$ADOPTION/$family"
  done
}

forget_network() {
  local family bridge
  [[ ! -s $ADOPTION/docker-version ]] || return 0
  for bridge in /sys/class/net/{docker0,br-????????????}; do
    [[ ! -d $bridge/bridge ]] || ip link delete "${bridge##*/}" || true
  done
  for family in iptables ip6tables; do
    if [[ -s $ADOPTION/$family ]]; then
      "$family-save" | without_docker "$ADOPTION/$family" | "$family-restore" || true
    elif command -v "$family" >/dev/null; then
      empty_tables "$family"
    fi
  done
  sysctl --quiet -w net.ipv4.ip_forward="$(<"$ADOPTION/ip_forward")" || true
}

# Docker's chains, and the policy that it gives to forwarding, out of the rules on standard input.
without_docker() {
  sed -E '/DOCKER|docker0|br-[0-9a-f]{12}/d' |
    if grep -q '^:FORWARD ACCEPT' "$1"; then sed 's/^:FORWARD DROP/:FORWARD ACCEPT/'; else cat; fi
}

# There were none.
empty_tables() {
  local table kind=ip
  [[ $1 == iptables ]] || kind=ip6
  for table in filter nat raw mangle; do
    if command -v nft >/dev/null; then
      nft delete table "$kind" "$table" 2>/dev/null || true
    else
      "$1" -t "$table" --flush || true
      "$1" -t "$table" --delete-chain || true
    fi
  done
  command -v nft >/dev/null || "$1" --policy FORWARD ACCEPT || true
}

installed_packages() {
  dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
}

# Nothing that is installed is started, or replaces a file of theirs.
install_wanted() {
  local packages policy=/usr/sbin/policy-rc.d status=0
  mapfile -t packages < <(comm -23 <(wanted_packages | sort -u) <(installed_packages))
  ((${#packages[@]} > 0)) || return 0
  say "installing ${packages[*]}"
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    # shellcheck disable=SC2064
    trap "rm -f $policy" EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet -o DPkg::Lock::Timeout=600 >"$ADOPTION/apt.log" 2>&1 || say "the package lists can't be read anew: those that are there are used"
  apt-get install --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confold "${packages[@]}" >>"$ADOPTION/apt.log" 2>&1 ||
    status=$?
  if [[ -e $policy && $(<"$policy") == $'#!/bin/sh\nexit 101' ]]; then rm -f "$policy"; fi
  # Also what came before it failed is taken away again at the end.
  comm -13 "$ADOPTION/packages" <(installed_packages) >"$ADOPTION/installed"
  ((status == 0)) || fail "${packages[*]}: apt-get can't install them: $(tail -n 12 "$ADOPTION/apt.log"); put that right and run this again"
  # The front door has a unit of its own, and dockerd's first start is the first transaction's.
  if grep -qx haproxy "$ADOPTION/installed"; then systemctl --quiet disable haproxy.service >&2 || true; fi
}

# Before dockerd's first restart, which without it would end every container.
keep_containers_alive() {
  [[ -s $ADOPTION/keeping.json && ! -e $BASE/current ]] || return 0
  systemctl --quiet is-active docker.service || return 0
  say "turning live-restore on, so that containers go on while dockerd restarts"
  put_file "$ADOPTION/keeping.json" "$(<"$ADOPTION/file")" && reload_daemon && return
  say "the host's dockerd doesn't take live-restore up, without which its containers would end"
  return 1
}

put_file() {
  mkdir -p "${2%/*}"
  cp "$1" "$2.new" && mv -T "$2.new" "$2"
}

# As it was before, or away.
restore_file() {
  if [[ -e $ADOPTION/files$1 || -L $ADOPTION/files$1 ]]; then
    mkdir -p "${1%/*}"
    cp -a "$ADOPTION/files$1" "$1.new" && mv -T "$1.new" "$1"
  elif grep -qxF "$1" "$ADOPTION/places"; then
    rm -f "$1"
  fi
}

stop_front_door() {
  rm -f "$WANTS/$FRONT_DOOR_UNIT"
  systemctl stop "$FRONT_DOOR_UNIT" 2>/dev/null || true
}

restore_files() {
  local place
  while read -r place; do restore_file "$place"; done <"$ADOPTION/places"
  sort -ru "$ADOPTION/new-folders" | while read -r place; do rmdir --ignore-fail-on-non-empty "$place" 2>/dev/null || true; done
}

was_active() { grep -qx "$1" "$ADOPTION/active"; }

# Their daemon with their configuration. It would end containers that it finds running at its start, unless live-restore
# is on there: their own setting is taken up afterwards. Meanwhile nothing may start it, with half of each.
run_theirs() {
  local file
  file=$(<"$ADOPTION/file")
  if [[ ! -e $BASE/current ]]; then
    # It has never run with another.
    restore_files
    systemctl daemon-reload
    if was_active docker.service; then take_up_theirs "$file"; fi
    return
  fi
  systemctl stop docker.service docker.socket 2>/dev/null || true
  restore_files
  if [[ -s $ADOPTION/keeping.json ]] && was_active docker.service; then put_file "$ADOPTION/keeping.json" "$file"; fi
  rm -f "$BASE/current"
  systemctl daemon-reload
  # Its file is gone, and with it what it would do to containers.
  systemctl stop "$CONTAINERS_UNIT" 2>/dev/null || true
  systemctl reset-failed docker.service docker.socket 2>/dev/null || true
  if was_active docker.socket; then systemctl start docker.socket; fi
  if ! was_active docker.service; then
    systemctl stop "docker-*.scope" 2>/dev/null || true
    return
  fi
  say "starting the host's own dockerd"
  timeout 180 systemctl start docker.service || say "the host's own dockerd doesn't start: see journalctl -u docker"
  take_up_theirs "$file"
}

# Without the live-restore that they didn't have.
take_up_theirs() {
  [[ -s $ADOPTION/keeping.json ]] || return 0
  put_file "$ADOPTION/plain.json" "$1"
  reload_daemon || say "the host's own dockerd doesn't take its configuration up again: see journalctl -u docker"
  restore_file "$1"
}

# Usage: give_back ID: the end of the adoption by the stack of that id, if it has the host still.
give_back() {
  trap '' HUP PIPE
  export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
  if [[ ! -e $ADOPTION/complete ]]; then
    rm -rf "$ADOPTION" "$OWNER"
    return
  fi
  if [[ -e $OWNER && $(<"$OWNER") != "$1" ]]; then
    say "the host belongs to another stack by now: it stays as it is"
    return
  fi
  exec 9>/run/lock/remote-docker
  flock --timeout 600 9 || fail "another transaction holds /run/lock/remote-docker for more than ten minutes; end it, or restart the host"
  say "giving the host back as it was"
  stop_front_door
  remove_ssh_account || say "the account $SSH_ACCOUNT can't be removed: remove it by userdel $SSH_ACCOUNT"
  run_theirs
  forget_network
  remove_packages
  rm -rf "$BASE" "$ROOT_SOCKET" "$MASTER_SOCKET" "${MASTER_SOCKET%.sock}.pid" "$ADOPTION" "$OWNER" /run/lock/remote-docker
  rmdir --ignore-fail-on-non-empty "${OWNER%/*}"
  sync
  say "the host is as it was"
}

# Those that came with the adoption, unless somebody else has come to need them.
remove_packages() {
  local packages folder others name
  [[ -s $ADOPTION/installed ]] || return 0
  mapfile -t packages <"$ADOPTION/installed"
  others=$(apt-get purge --simulate "${packages[@]}" 2>/dev/null | sed -n 's/^Purg \([^ ]*\).*/\1/p' | sort -u | comm -23 - "$ADOPTION/installed")
  if [[ -n $others ]]; then
    say "${packages[*]} stay installed, as something else needs them by now: $(paste -sd ' ' <<<"$others")"
    return
  fi
  say "removing ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get purge --quiet --yes -o DPkg::Lock::Timeout=600 "${packages[@]}" >"$ADOPTION/apt.log" 2>&1 ||
    say "they can't be removed: $(tail -n 12 "$ADOPTION/apt.log")"
  for folder in /var/lib/docker /var/lib/containerd /etc/docker /etc/haproxy /var/lib/haproxy; do
    grep -qxF "$folder" "$ADOPTION/folders" || rm -rf --one-file-system "$folder"
  done
  while IFS=: read -r name _; do userdel "$name" 2>/dev/null || true; done < <(new_lines users passwd)
  while IFS=: read -r name _; do groupdel "$name" 2>/dev/null || true; done < <(new_lines groups group)
}

# What the packages have made: haproxy's account and docker's group.
new_lines() {
  comm -13 <(sort "$ADOPTION/$1") <(getent "$2" | sort) | grep -E '^(haproxy|docker):' || true
}
