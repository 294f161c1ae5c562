# shellcheck shell=bash
# Whether what runs answers, seen from the host itself.

healthy() {
  local answer status=0 life
  if [[ -e $BASE/current/firewall/rules.nft ]] && has_nftables; then
    firewall_stands || { say "the firewall isn't loaded; look at journalctl -u $FIREWALL_UNIT"; return 1; }
  fi
  say "asking the daemon"
  life=$(daemon_life)
  answers --unix-socket /run/docker.sock || { say "the daemon doesn't answer on its own socket: $answer"; return 1; }
  answers --unix-socket "$ROOT_SOCKET" || { say "the daemon doesn't answer through the front door: $answer"; return 1; }
  # Without a certificate: the front door shows its own, which must fit, and then ends the connection, with an alert that
  # may or may not arrive before the end (curl's exit status 52, 55 or 56; a certificate that doesn't fit would be 60).
  answer=$(curl --silent --show-error --max-time 60 --cacert "$BASE/current/frontDoor/root.pem" https://127.0.0.1:2376/_ping 2>&1) ||
    status=$?
  case $status in
    52 | 55 | 56) ;;
    *)
      say "the front door didn't refuse a request without a certificate as it should (curl's status $status): $answer"
      return 1
      ;;
  esac
  [[ $(daemon_life) == "$life" ]] || { say "the daemon answers, but ends and starts again and again"; return 1; }
}

# Another one for each start: one that dies after its start may still answer in between.
daemon_life() {
  systemctl show --property=InvocationID --value docker.service
}

# Sets its caller's `answer`.
answers() {
  answer=$(curl --silent --show-error --fail --max-time 60 "$@" http://localhost/version 2>&1)
}
