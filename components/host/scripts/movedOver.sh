# shellcheck shell=bash
# Who has moved over to the newest root, by what the front door has seen. The certificates in question come as the
# function movers, a line `NAME FINGERPRINT` for each; who is not waited for as the function excused, a line for each.

# Of the names on standard input, sorted, those that have not come in with any of their certificates yet.
not_moved_over() {
  local name fingerprint
  local -A seen=() moved=()
  while read -r fingerprint; do seen[$fingerprint]=yes; done < <(seen_fingerprints)
  while read -r name fingerprint; do
    if [[ -v seen[${fingerprint:0:16}] ]]; then moved[$name]=yes; fi
  done < <(movers)
  while read -r name; do
    [[ -v moved[$name] ]] || printf '%s\n' "$name"
  done < <(LC_ALL=C comm -23 <(LC_ALL=C sort -u) <(excused | LC_ALL=C sort -u))
}

# The first 16 digits, as server lines have them. The log has a connection once it has ended.
seen_fingerprints() {
  { logged_connections; open_connections; } | LC_ALL=C sort -u
}

# journalctl ends with status 1 when nothing matches.
logged_connections() {
  { journalctl --quiet --no-pager --output=cat --unit="$FRONT_DOOR_UNIT" --grep='^{"event":"connection"' || true; } |
    awk 'match($0, /"fingerprint":"[0-9a-f]+"/) { print substr($0, RSTART + 15, 16) }'
}

open_connections() {
  local worker
  front_door_runs || return 0
  while read -r worker; do
    printf '@!%s\nshow sess\n' "$worker" | ask_front_door
  done < <(front_door_workers) |
    awk 'match($0, / be=(daemon|published) srv=[^ :]+:[0-9a-f]+/) { print substr($0, RSTART + RLENGTH - 16, 16) }'
}

# As one line of JSON; names need no escape.
report_not_moved_over() {
  printf '[%s]\n' "$(movers | cut -d ' ' -f 1 | not_moved_over | sed 's/.*/"&"/' | paste -sd ,)"
}
