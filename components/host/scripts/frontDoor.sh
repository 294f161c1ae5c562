# shellcheck shell=bash
# The front door's own process: its check, its reload, and the changes that it takes up without one.

readonly MASTER_SOCKET=/run/haproxy-master.sock

check_front_door() {
  FRONT_DOOR=$1/frontDoor haproxy -c -q -f "$1/frontDoor/haproxy.cfg" >&2
}

front_door_runs() {
  systemctl --quiet is-active haproxy.service && [[ -S $MASTER_SOCKET ]]
}

# Lines on standard input go to HAProxy's master process, one command each.
ask_front_door() {
  timeout 60 socat -t 60 - "UNIX-CONNECT:$MASTER_SOCKET"
}

# Process ids, the old workers' among them.
front_door_workers() {
  local answer
  answer=$(ask_front_door <<<"show proc") || return
  awk '$2 == "worker" { print $1; found = 1 } END { exit !found }' <(printf '%s\n' "$answer")
}

# Connections stay with the old worker until they end. The master's answer comes once the new worker serves, or has
# failed; `systemctl reload` would know neither.
reload_front_door() {
  local answer
  if ! front_door_runs; then
    say "starting the front door"
    systemctl reset-failed haproxy.service 2>/dev/null || true
    systemctl enable --quiet haproxy.service || return
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
