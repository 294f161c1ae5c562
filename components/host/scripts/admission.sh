# shellcheck shell=bash
# Taking away the right to come in: the first step of a transaction, and the only one that is never undone. It needs the
# front door alone: no dockerd, and no room on the disk.

readonly ALLOW_LIST=$BASE/current/frontDoor/allow-list.map

# Whoever is not on the wanted allow-list can't come in any more, by whatever set is taken up next, and has no connection
# left. What is there already is done again: an earlier run may have been killed half way. Sets its caller's `taken`, the
# names, for `say_what_holds`.
take_rights_away() {
  local wanted status=0
  wanted=$(wanted_file frontDoor/allow-list.map)
  [[ -n $wanted ]] || fail "the wanted allow-list is empty, which would lock everybody out; nothing was changed"
  taken=$(names_to_remove "$wanted")
  [[ -z $taken ]] || say "taking away the right to come in: $taken"
  forget_on_disk "$wanted" || { say "the allow-list on the machine's disk can't be changed"; status=1; }
  forget_in_workers "$wanted" || status=1
  forget_ssh_connections "$wanted" || status=1
  return "$status"
}

say_what_holds() {
  [[ -z $taken ]] || say "what was taken away stays taken away; no longer admitted: $taken"
}

# For messages, in one line. Somebody whose certificate was replaced is among them.
names_to_remove() {
  [[ -e $ALLOW_LIST ]] || return 0
  unwanted_entries "$1" "$ALLOW_LIST" | sed 's/^[^ ]* //; s/:.*//' | LC_ALL=C sort -u | paste -sd ' '
}

# Offset and client of each entry of a file that is not on the wanted list.
unwanted_entries() {
  LC_ALL=C awk '
    NR == FNR { wanted[$1]; next }
    { fingerprint = $1 }
    # In authorized_keys it is the argument of the command.
    match($0, /\/dial [0-9a-f]+"/) { fingerprint = substr($0, RSTART + 6, RLENGTH - 7) }
    $1 != "" && $1 !~ /^#/ && !(fingerprint in wanted) { print at + 0, $2 }
    { at += length($0) + 1 }' <(printf '%s\n' "$1") "$2"
}

# In every set that is there: one of them is what a restart or a rollback would take up. An entry becomes a comment by its
# first byte alone, which needs no free block, and of which a power cut leaves no half.
forget_on_disk() {
  local wanted=$1 list entries offset status=0
  for list in "$BASE"/sets/*/frontDoor/{allow-list.map,authorized_keys} "$SSH_HOME/.ssh/authorized_keys"; do
    [[ -e $list ]] || continue
    entries=$(unwanted_entries "$wanted" "$list") || status=1
    while read -r offset _; do
      [[ -n $offset ]] || continue
      printf '#' | dd of="$list" bs=1 seek="$offset" conv=notrunc,fsync status=none || status=1
    done < <(printf '%s\n' "$entries")
  done
  return "$status"
}

# In every worker: an old one may still be in the middle of a handshake, and a session that had passed the list is found
# the next time. (`shutdown sessions server` does nothing in an old worker: "Proxy is disabled".)
forget_in_workers() {
  local wanted=$1 workers worker commands attempt
  front_door_runs || return 0
  for attempt in {1..20}; do
    if ! workers=$(front_door_workers); then
      say "the front door's master process doesn't answer: somebody may still be connected; restart it, which ends everybody's connections: sudo systemctl restart $FRONT_DOOR_UNIT"
      return 1
    fi
    commands=
    while read -r worker; do
      commands+=$(unwanted_in_worker "$worker" "$wanted") || {
        say "the front door's process $worker doesn't answer: somebody may still be connected by it; end it, and its connections with it: sudo kill -KILL $worker"
        return 1
      }
    done < <(printf '%s\n' "$workers")
    [[ -n $commands ]] || return 0
    printf '%s\n' "$commands" | ask_front_door >/dev/null || true
    ((attempt == 1)) || sleep 0.2
  done
  say "connections of who is no longer admitted could not be ended; restart the front door, which ends everybody's: sudo systemctl restart $FRONT_DOOR_UNIT"
  return 1
}

# The commands by which a worker forgets who is not on the wanted list. One that has ended meanwhile has nobody.
unwanted_in_worker() {
  local worker=$1 answer
  answer=$(printf '@!%s\nshow map %s\nshow sess\nshow info\n' "$worker" "$ALLOW_LIST" | ask_front_door) || return
  case $answer in
    *"Pid: $worker"*) ;;
    *"find the target"*) return 0 ;;
    *) return 1 ;;
  esac
  awk -v list="$ALLOW_LIST" -v worker="$worker" '
    NR == FNR { fingerprint[$1]; server[$2]; next }
    function tell(command) { if (!told++) print "@!" worker; print command }
    $2 ~ /^[0-9a-f]+$/ && length($2) == 64 && !($2 in fingerprint) { tell("del map " list " " $2) }
    match($0, / be=(daemon|published) srv=[^ ]+/) {
      name = substr($0, RSTART, RLENGTH)
      sub(/.* srv=/, "", name)
      if (name ~ /:/ && !(name in server)) { sub(/:$/, "", $1); tell("shutdown session " $1) }
    }' <(printf '%s\n' "$2") <(printf '%s\n' "$answer")
}
