# shellcheck shell=bash
# dockerd's own process: its check, its reload and its restart.

# The set's own files stand where `current` will name them only once it is swapped in. Before 23.0 dockerd checks nothing.
check_daemon() {
  swarm_allows "$1" || return
  [[ $(dockerd --help) == *--validate* ]] || return 0
  sed "s#\"$BASE/current/#\"$1/#" "$1/daemon/daemon.json" >"$1/check.json" &&
    dockerd --validate --config-file "$1/check.json" >/dev/null &&
    rm "$1/check.json"
}

# dockerd takes live-restore up by a reload while it is in a swarm, and then doesn't start any more.
swarm_allows() {
  keeps_containers "$1" && in_swarm "$1" || return 0
  say "the daemon is in a swarm, with which it would not start again with liveRestore: set liveRestore to false, or let it leave the swarm (docker swarm leave), and run this again"
  return 1
}

# What it says itself, or, when it doesn't answer, what it would find at its start.
in_swarm() {
  local answer
  if [[ -z ${hangs-} ]] && answer=$(curl --silent --max-time 20 --unix-socket /run/docker.sock http://localhost/info) && [[ -n $answer ]]; then
    [[ $answer =~ \"LocalNodeState\":\"([a-z]+)\" && ${BASH_REMATCH[1]} != inactive ]]
  else
    [[ -e $(sed -n 's/^ *"data-root": "\(.*\)",*$/\1/p' "$1/daemon/daemon.json")/swarm/docker-state.json ]]
  fi
}

# Both of them: alone, each looks healthy for a while.
daemon_runs() {
  [[ -L $WANTS/docker.service ]] && systemctl --quiet is-active docker.service &&
    { [[ -z $SOCKET_ACTIVATED ]] || systemctl --quiet is-active docker.socket; }
}

# Whether a daemon that runs has stopped to answer anybody. Its end would end everybody's streams: one question that fails
# isn't enough.
daemon_hangs() {
  ! daemon_answers && ! daemon_answers
}

daemon_answers() {
  curl --silent --output /dev/null --max-time 30 --unix-socket /run/docker.sock http://localhost/_ping
}

# Whether containers go on without a daemon that runs with this set.
keeps_containers() {
  grep -q '"live-restore": true' "$1/daemon/daemon.json"
}

# dockerd says in its log only whether it took the file up.
reload_daemon() {
  local since answer
  say "reloading dockerd's configuration"
  since=$(date +%s.%N)
  systemctl reload docker.service || return
  for _ in {1..60}; do
    answer=$(journalctl --quiet --no-pager --output=cat --unit=docker.service --since="@$since" \
      --grep='Reloaded configuration|Error reconfiguring|unable to configure')
    case $answer in
      *"Reloaded configuration"*) return 0 ;;
      ?*) return 1 ;;
    esac
    sleep 0.5
  done
  say "dockerd didn't answer to the reload within 30 s"
  return 1
}

# The socket stays while the daemon restarts, so that a local `docker ps` waits for it. A daemon that was started
# without the socket has to stop first, or the socket can't start.
restart_daemon() {
  say "restarting dockerd"
  prepare_start || return
  timeout 180 systemctl restart docker.service
}

# One that hangs would let a restart wait for a minute and a half.
end_daemon() {
  systemctl kill --kill-who=main --signal=KILL docker.service || true
}

# One that is about to start by itself is waited for.
start_daemon() {
  say "starting dockerd, which doesn't run"
  prepare_start || return
  timeout 180 systemctl start docker.service
}

prepare_start() {
  start_at_boot || return
  systemctl daemon-reload || return
  systemctl reset-failed docker.service docker.socket 2>/dev/null || true
  if [[ -n $SOCKET_ACTIVATED ]] && ! systemctl --quiet is-active docker.socket; then
    systemctl stop docker.service || return
    systemctl start docker.socket || return
  fi
  systemctl start "$CONTAINERS_UNIT"
}

# As `systemctl enable`, which would spend seconds on the package's script for System V, and add-wants, which would name
# a set that goes away.
start_at_boot() {
  systemctl --quiet --no-reload add-wants multi-user.target docker.service &&
    { [[ -z $SOCKET_ACTIVATED ]] || systemctl --quiet --no-reload add-wants sockets.target docker.socket; } &&
    ln -sfn "../$CONTAINERS_UNIT" "$WANTS/$CONTAINERS_UNIT"
}

stop_daemon() {
  rm -f "$WANTS/docker.service" "$WANTS/$CONTAINERS_UNIT"
  systemctl stop docker.service || true
  systemctl reset-failed docker.service 2>/dev/null || true
  systemctl daemon-reload
}
