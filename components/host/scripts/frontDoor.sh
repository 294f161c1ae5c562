# shellcheck shell=bash
# The front door's own process: its check, its reload, and the connections of those who may no longer come in.

readonly MASTER_SOCKET=/run/haproxy-master.sock
readonly ALLOW_LIST=$BASE/current/frontDoor/allow-list.map

check_front_door() {
  FRONT_DOOR=$1/frontDoor haproxy -c -q -f "$1/frontDoor/haproxy.cfg" >&2
}

front_door_runs() {
  systemctl --quiet is-active haproxy.service && [[ -S $MASTER_SOCKET ]]
}

# Lines on standard input go to HAProxy's master process, one command each.
ask_front_door() {
  socat -t 60 - "UNIX-CONNECT:$MASTER_SOCKET"
}

# Connections stay with the old worker until they end. The master's answer comes once the new worker serves, or has
# failed; `systemctl reload` would know neither.
reload_front_door() {
  local answer
  if ! front_door_runs; then
    say "starting the front door"
    systemctl reset-failed haproxy.service 2>/dev/null || true
    systemctl enable --quiet haproxy.service
    systemctl restart haproxy.service
    return
  fi
  say "reloading the front door"
  answer=$(ask_front_door <<<reload)
  if [[ $answer != Success=1* ]]; then
    say "$answer"
    return 1
  fi
}

# Ends, in every worker, the connections of certificates that are not on the allow-list (any more), and only those.
# Old workers may still be in the middle of a handshake: their own allow-lists lose the entry first.
# (`shutdown sessions server` does nothing in an old worker: "Proxy is disabled".)
end_connections_of_revoked() {
  local worker stale attempt
  while read -r worker; do
    for attempt in 1 2 3; do
      stale=$(stale_entries "$worker")
      [[ -n $stale ]] || break
      say "ending connections of clients that were removed (worker $worker, attempt $attempt)"
      printf '@!%s\n%s\n' "$worker" "$stale" | ask_front_door >/dev/null
    done
  done < <(front_door_workers)
}

# Process ids, the old workers' among them.
front_door_workers() {
  ask_front_door <<<"show proc" | awk '$2 == "worker" { print $1 }'
}

# The commands by which a worker forgets who is no longer on the allow-list.
stale_entries() {
  printf '@!%s\nshow map %s\nshow sess\n' "$1" "$ALLOW_LIST" | ask_front_door | awk -v list="$ALLOW_LIST" '
    BEGIN {
      while ((getline line < list) > 0) { split(line, entry, " "); fingerprint[entry[1]]; server[entry[2]] }
    }
    $2 ~ /^[0-9a-f]+$/ && length($2) == 64 && !($2 in fingerprint) { print "del map " list " " $2 }
    match($0, / be=daemon srv=[^ ]+/) {
      name = substr($0, RSTART + 15, RLENGTH - 15)
      if (!(name in server)) { sub(/:$/, "", $1); print "shutdown session " $1 }
    }'
}
