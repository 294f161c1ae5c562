# shellcheck shell=bash
# The front door's own process: its check, its reload, and the changes that it takes up without one.

check_front_door() {
  FRONT_DOOR=$1/frontDoor haproxy -c -q -f "$1/frontDoor/haproxy.cfg" >&2
}

front_door_runs() {
  systemctl --quiet is-active "$FRONT_DOOR_UNIT" && [[ -S $MASTER_SOCKET ]]
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

start_front_door() {
  systemctl reset-failed "$FRONT_DOOR_UNIT" 2>/dev/null || true
  if [[ -n $ADOPTED ]]; then
    mkdir -p "$WANTS" && ln -sfn "../$FRONT_DOOR_UNIT" "$WANTS/$FRONT_DOOR_UNIT" && systemctl daemon-reload || return
  else
    systemctl enable --quiet "$FRONT_DOOR_UNIT" || return
  fi
  systemctl restart "$FRONT_DOOR_UNIT"
}

# Connections stay with the old worker until they end. The master's answer comes once the new worker serves, or has
# failed; `systemctl reload` would know neither.
reload_front_door() {
  local answer before
  if ! front_door_runs; then
    say "starting the front door"
    start_front_door
    return
  fi
  say "reloading the front door"
  before=$(front_door_reloads)
  answer=$(ask_front_door <<<reload)
  # Before 2.7 the master process says nothing while it loads itself anew.
  [[ -n $answer ]] || answer=$(await_reload "$before")
  if [[ $answer != Success=1* ]]; then
    say "$answer"
    return 1
  fi
}

# How often the master process was told to reload, and how many of the last ones in a row failed: `3 0`.
front_door_reloads() {
  ask_front_door <<<"show proc" 2>/dev/null | awk '$2 == "master" { gsub(/[^0-9 ]/, ""); print $2, $3 }'
}

await_reload() {
  local before=$1 now
  for _ in {1..120}; do
    now=$(front_door_reloads) || true
    if [[ -n $now && ${now% *} -gt ${before% *} ]]; then
      if [[ ${now#* } == 0 ]]; then echo Success=1; else echo "the front door can't load its new configuration"; fi
      return
    fi
    sleep 0.25
  done
  echo "the front door didn't reload within 30 s"
}
