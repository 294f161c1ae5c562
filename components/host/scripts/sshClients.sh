# shellcheck shell=bash
# Clients that come by SSH: an account that can do nothing but dial the front door, whose allow-list says who is admitted.
# sshd's own list of keys is a copy of the set's: sshd reads it as that account, which can't look into the set.

readonly SSH_COMMENT="remote-docker clients by SSH" SSH_KEYS=$SSH_HOME/.ssh/authorized_keys

# Whether what is there is what the current set wants.
ssh_clients_are_there() {
  if [[ -e $BASE/current/frontDoor/authorized_keys ]]; then
    ssh_account_is_ours && ssh_files | while read -r file place _; do
      cmp --quiet "$BASE/current/frontDoor/$file" "$place" || exit 1
    done
  else
    ! ssh_account_is_ours
  fi
}

ssh_account_is_ours() {
  [[ $(getent passwd "$SSH_ACCOUNT") == *":$SSH_COMMENT:$SSH_HOME:"* ]]
}

# Files of the set, their places, and their modes. sshd of a host that was there before stays as it is.
ssh_files() {
  [[ -n $ADOPTED ]] || printf '%s\n' "sshd.conf $SSHD_DROP_IN 644"
  printf '%s\n' "dial $SSH_HOME/dial 755" "authorized_keys $SSH_KEYS 644"
}

# Before the front door takes the set up, which needs the folder of its socket.
welcome_ssh_clients() {
  local file place mode changed=""
  [[ -e $BASE/current/frontDoor/authorized_keys ]] || return 0
  make_ssh_account || return
  while read -r file place mode; do
    cmp --quiet "$BASE/current/frontDoor/$file" "$place" && continue
    install -m "$mode" "$BASE/current/frontDoor/$file" "$place.new" && sync "$place.new" && mv -T "$place.new" "$place" || return
    if [[ $file == sshd.conf ]]; then changed=yes; fi
  done < <(ssh_files)
  [[ -z $changed ]] || reload_sshd
}

# `*` is no password, and not a locked account, which sshd would turn away where it doesn't use PAM.
make_ssh_account() {
  if ! ssh_account_is_ours; then
    if getent passwd "$SSH_ACCOUNT" >/dev/null; then
      say "there is an account $SSH_ACCOUNT which isn't this program's; rename or remove it, or remove sshKey from the clients"
      return 1
    fi
    useradd --system --user-group --no-create-home --home-dir "$SSH_HOME" --shell /bin/sh --password '*' \
      --comment "$SSH_COMMENT" "$SSH_ACCOUNT" || return
  fi
  install -d -m 755 "$SSH_HOME" "$SSH_HOME/.ssh" && install -d -m 710 -g "$SSH_ACCOUNT" "$SSH_HOME/door"
}

# After the front door has taken up a set without such clients.
dismiss_ssh_clients() {
  if [[ -e $BASE/current/frontDoor/authorized_keys ]] || ! ssh_account_is_ours; then return 0; fi
  remove_ssh_account
}

# Also half of one, as an interrupted run leaves it.
remove_ssh_account() {
  if [[ -z $ADOPTED && -e $SSHD_DROP_IN ]]; then
    rm -f "$SSHD_DROP_IN" && reload_sshd || return
  fi
  if ssh_account_is_ours; then
    forget_ssh_connections "" || return
    { ps -o pid= -u "$SSH_ACCOUNT" || true; } | kill_all
    userdel --force "$SSH_ACCOUNT" >/dev/null 2>&1 || return
  fi
  rm -rf "$SSH_HOME"
}

# What a removed client's connections carry ends at the front door, which admits nothing by them any more. Here they end
# themselves: one may wait for more (ControlMaster). `wanted` has the fingerprints of who stays, as the allow-list; if it is
# empty nobody does. One that has not shown its key yet is left: the list of keys is another one by now.
forget_ssh_connections() {
  local wanted=$1 process fingerprint
  ssh_account_is_ours || return 0
  while read -r process fingerprint; do
    if [[ -z $wanted || -n $fingerprint && $'\n'$wanted != *$'\n'"$fingerprint "* ]]; then
      # Its child has the connection, and would go on without it.
      { ps -o pid= --ppid "$process" || true; echo "$process"; } | kill_all
    fi
  done < <(ssh_connections)
}

# Processes by their numbers on standard input. Those that have ended meanwhile are fine.
kill_all() {
  local process
  while read -r process; do kill -KILL "$process" 2>/dev/null || true; done
}

# sshd's process of each connection, and by its log the fingerprint of the key that it has accepted. Numbers of processes
# come back: only what was logged in the process's own lifetime counts.
ssh_connections() {
  local process age
  while read -r process; do
    age=$(ps -o etimes= -p "$process") || continue
    printf '%s %s\n' "$process" "$(accepted_key "$process" "$(($(date +%s) - age - 1))")"
  done < <(grep -lzsE "^sshd(-session)?: $SSH_ACCOUNT \[priv\]" /proc/[0-9]*/cmdline | cut -d / -f 3)
}

accepted_key() {
  { journalctl --quiet --no-pager --output=cat "_PID=$1" _UID=0 "--since=@$2" --grep "^Accepted publickey for $SSH_ACCOUNT " || true; } |
    sed -n '$s/.* SHA256:\([A-Za-z0-9+/]*\).*/\1=/p' | base64 -d | od -An -v -tx1 | tr -d ' \n'
}
