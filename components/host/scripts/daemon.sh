# shellcheck shell=bash
# dockerd's own process: its check, its reload and its restart.

readonly WANTS=/etc/systemd/system/multi-user.target.wants

# The set's own files stand where `current` will name them only once it is swapped in.
check_daemon() {
  sed "s#\"$BASE/current/#\"$1/#" "$1/daemon/daemon.json" >"$1/check.json"
  dockerd --validate --config-file "$1/check.json" >/dev/null || return
  rm "$1/check.json"
}

daemon_runs() {
  [[ -L $WANTS/docker.service ]] &&
    ! systemctl is-active docker.service docker.socket | grep -qv '^active'
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
  start_at_boot || return
  systemctl daemon-reload || return
  systemctl reset-failed docker.service docker.socket 2>/dev/null || true
  if ! systemctl --quiet is-active docker.socket; then
    systemctl stop docker.service || return
    systemctl start docker.socket || return
  fi
  systemctl start remote-docker-containers.service || return
  timeout 180 systemctl restart docker.service
}

# As `systemctl enable`, which would spend seconds on the package's script for System V, and add-wants, which would name
# a set that goes away.
start_at_boot() {
  systemctl --quiet --no-reload add-wants multi-user.target docker.service &&
    systemctl --quiet --no-reload add-wants sockets.target docker.socket &&
    ln -sfn ../remote-docker-containers.service "$WANTS/remote-docker-containers.service"
}

stop_daemon() {
  rm -f "$WANTS/docker.service" "$WANTS/remote-docker-containers.service"
  systemctl stop docker.service || true
  systemctl reset-failed docker.service 2>/dev/null || true
  systemctl daemon-reload
}
