# shellcheck shell=bash
# The machine's clock, which must not be behind the moment at which the newest certificate was made, VALID_FROM: neither
# the server's nor a new client's would be valid there.

wait_until_valid() {
  local behind=$((VALID_FROM - EPOCHSECONDS))
  ((behind > 0)) || return 0
  say "the machine's clock is $behind s behind the computer's that made the certificates"
  if ((behind > 20)) && [[ -z $ADOPTED ]] && ! clock_is_synchronized; then
    correct_clock
    behind=$((VALID_FROM - EPOCHSECONDS))
  fi
  if ((behind > 120)); then
    say "to wait until the certificates are valid would take too long: set the clock of the machine or of the computer that runs this right ($(clock_is_synchronized || echo "not ")synchronized on the machine, where it is now $(date -u '+%F %T UTC')), and run this again"
    return 1
  fi
  ((behind <= 0)) || { say "waiting until the certificates are valid"; sleep "$behind"; }
}

clock_is_synchronized() {
  [[ $(timedatectl show --property=NTPSynchronized --value 2>/dev/null) == yes ]]
}

# A machine that slept, say, asks its time servers only every so often. Where there are none, the certificates' moment is the
# best that is known; later time servers still have their say. The clock of a host that was there before is its owner's.
correct_clock() {
  systemctl try-restart systemd-timesyncd.service chrony.service 2>/dev/null || true
  for _ in {1..10}; do
    ((VALID_FROM > EPOCHSECONDS)) || break
    sleep 1
  done
  ((VALID_FROM <= EPOCHSECONDS)) || date -u -s "@$VALID_FROM" >/dev/null 2>&1 || true
  ((VALID_FROM > EPOCHSECONDS)) || say "the machine's clock was put right: it is now $(date -u '+%F %T UTC')"
}
