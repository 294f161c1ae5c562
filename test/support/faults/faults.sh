#!/bin/bash
# Lets one command of a transaction go wrong, on the host that it runs on. Before each command of the transaction's that is
# a program of its own, a shim counts.
#
# usage: faults.sh prepare WORD...  makes shims for those of the words that are commands
#        faults.sh inject           what a shim does when its turn has come; FAULT says what
#        faults.sh reached          waits for the moment at which the power is to be cut
#        faults.sh ended            waits for the end of the transaction's processes, and undoes what a fault did to the host
#        faults.sh state            what is there now, as lines `KEY VALUE`
#        faults.sh keep             keeps what a host is before its first transaction
#        faults.sh reset            makes it that again
set -euo pipefail

readonly FOLDER=/run/faults BASE=/etc/remote-docker KEPT=/var/lib/faults
readonly FILLERS=("$KEPT/most" "$KEPT/rest")
FRONT_DOOR_UNIT=haproxy.service MASTER_SOCKET=/run/haproxy-master.sock
# Of an adopted host.
# shellcheck source=/dev/null
[[ ! -e $FOLDER/layout ]] || . "$FOLDER/layout"

prepare() {
  local word place
  rm -rf "${FOLDER:?}/bin"
  mkdir -p "$FOLDER/bin" "$KEPT"
  for word in "$@"; do
    place=$(PATH=/usr/sbin:/usr/bin type -P "$word") || continue
    cat >"$FOLDER/bin/$word" <<END
#!/bin/bash
printf . >>$FOLDER/count
read -r count <$FOLDER/count || true
if ((\${#count} >= \${FAULT_AT:-0} && \${FAULT_AT:-0} > 0)) && /usr/bin/mkdir $FOLDER/done 2>/dev/null; then
  PATH=/usr/sbin:/usr/bin bash $FOLDER/faults.sh inject $word "\$@" </dev/null >/dev/null 2>&1 || exit
fi
exec $place "\$@"
END
    chmod +x "$FOLDER/bin/$word"
  done
}

inject() {
  state >"$FOLDER/then"
  echo "command $*" >>"$FOLDER/then"
  case $FAULT in
    fails) exit 1 ;;
    # All of the connection's processes on this side.
    killed) pkill -KILL -s "$(ps -o sid= -p $$ | tr -d ' ')" ;;
    full) fill ;;
    cut) kill -KILL "$(connection)" ;;
    power)
      touch "$FOLDER/power"
      sleep infinity
      ;;
  esac
}

fill() {
  fallocate -l 64G "${FILLERS[0]}" || true
  cat /dev/zero >"${FILLERS[1]}" || true
}

# sshd's process for the connection.
connection() {
  local process=$$
  while [[ $(<"/proc/$process/comm") != sshd* ]]; do process=$(ps -o ppid= -p "$process" | tr -d ' '); done
  echo "$process"
}

# Until the power may be cut, or the transaction has ended before.
reached() {
  until [[ -e $FOLDER/process ]]; do pause; done
  until [[ -e $FOLDER/power ]] || ! kill -0 "$(<"$FOLDER/process")" 2>/dev/null; do pause; done
}

pause() {
  read -rt 0.05 <> <(:) || true
}

ended() {
  [[ ! -e $FOLDER/process ]] || tail --pid="$(<"$FOLDER/process")" -f /dev/null
  rm -f "${FILLERS[@]}"
}

state() {
  admitted | sort -u | sed '/./s/^/admitted /'
  echo "current $(digest)"
  for set in "$BASE"/sets/*; do [[ ! -e $set ]] || echo "set $set"; done
  [[ $BASE/current -ef $BASE/applied ]] || echo "leftover current, which is not applied"
  if [[ -e $BASE/current/firewall/rules.nft ]] && ! nft list chain inet remote_docker from_outside >/dev/null 2>&1; then echo "leftover firewall, which is not loaded"; fi
  # Not all of them are there from the first step on.
  { find "$BASE"/ /etc/docker /etc/haproxy /etc/systemd -name '*.new' 2>/dev/null || true; } | sed 's/^/leftover /'
  for file in /proc/[0-9]*/fd/*; do
    if [[ $(readlink "$file") == /run/lock/remote-docker ]]; then
      process=${file#/proc/}
      echo "holder $(tr '\0' ' ' 2>/dev/null <"/proc/${process%%/*}/cmdline" | cut -c 1-100)"
    fi
  done | sort -u
}

# Names that are let in by any set on the disk or by any process of the front door.
admitted() {
  local list worker
  for list in "$BASE"/sets/*/frontDoor/allow-list.map; do
    if [[ -e $list ]]; then sed '/^#/d; s/^[^ ]* //; s/:.*//' "$list"; fi
  done
  for worker in $(ask "show proc" | awk '$2 == "worker" { print $1 }'); do
    ask "@!$worker show map $BASE/current/frontDoor/allow-list.map" | awk '$2 ~ /^[0-9a-f]+$/ && length($2) == 64 { sub(/:.*/, "", $3); print $3 }'
  done
}

ask() {
  echo "$1" | socat -t 20 - "UNIX-CONNECT:$MASTER_SOCKET" 2>/dev/null || true
}

# Of the current set's files and their content. What is struck off its allow-list doesn't count.
digest() {
  [[ -e $BASE/current ]] || { echo none; return; }
  cd -P "$BASE/current"
  find . -type f ! -name allow-list.map -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16
}

keep() {
  mkdir -p "$KEPT"
  find /etc | LC_ALL=C sort >"$KEPT/list"
  # A container covers it.
  tar -C / -cf "$KEPT/etc.tar" --exclude etc/fstab etc
}

reset() {
  systemctl stop docker.socket docker.service remote-docker-containers.service remote-docker-firewall.service 2>/dev/null || true
  nft delete table inet remote_docker 2>/dev/null || true
  [[ $FRONT_DOOR_UNIT == haproxy.service ]] || systemctl stop "$FRONT_DOOR_UNIT" 2>/dev/null || true
  LC_ALL=C comm -13 "$KEPT/list" <(find /etc | LC_ALL=C sort) | xargs -r -d '\n' rm -rf
  tar -C / -xpf "$KEPT/etc.tar"
  # The power may fail at once.
  sync
  systemctl daemon-reload
  systemctl reset-failed
  if [[ $FRONT_DOOR_UNIT != haproxy.service ]]; then
    systemctl start docker.service
    return
  fi
  # A restart would end the connection that this comes by.
  [[ $(ask reload) == Success=1* ]]
}

"$@"
