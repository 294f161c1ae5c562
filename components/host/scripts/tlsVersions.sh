# shellcheck shell=bash
# Whether everybody can go on when the front door no longer speaks a version of TLS.

tls_may_rise() {
  local wanted=$1 late
  [[ -e $BASE/current/frontDoor/haproxy.cfg ]] || return 0
  grep -q "ssl-min-ver TLSv1.2" "$BASE/current/frontDoor/haproxy.cfg" || return 0
  ! grep -q "ssl-min-ver TLSv1.2" "$wanted/frontDoor/haproxy.cfg" || return 0
  late=$(LC_ALL=C comm -12 <(staying_clients "$wanted") <(clients_by_old_tls) |
    LC_ALL=C comm -23 - <(excused | LC_ALL=C sort -u) | paste -sd ' ')
  [[ -n $late ]] || return 0
  say "minimumTls can't rise yet: in the last 30 days these clients came in by TLS 1.2, and would be locked out: $late. Give them a newer client, or name them in rotation.leaveBehind, or remove them; then run this again"
  return 1
}

# journalctl ends with status 1 when nothing matches.
clients_by_old_tls() {
  { journalctl --quiet --no-pager --output=cat --unit="$FRONT_DOOR_UNIT" --since=-30d --grep='"tls":"TLSv1.2"' || true; } |
    sed -n 's/^{"event":"connection","client":"\([A-Za-z0-9._-]*\)".*"tls":"TLSv1.2".*/\1/p' | LC_ALL=C sort -u
}
