# shellcheck shell=bash
# The host's firewall: its check, and whether it is loaded.

has_nftables() {
  type -P nft >/dev/null
}

check_firewall() {
  nft -c -f "$1/firewall/rules.nft"
}

# As a set says; one of a former version may have none.
load_firewall() {
  if [[ ! -e $BASE/current/firewall/rules.nft ]]; then
    unload_firewall
    return
  fi
  say "loading the firewall's rules"
  ln -sfn "$BASE/current/firewall/$FIREWALL_UNIT" "/etc/systemd/system/$FIREWALL_UNIT" &&
    systemctl daemon-reload &&
    ln -sfn "../$FIREWALL_UNIT" "$WANTS/$FIREWALL_UNIT" &&
    systemctl restart "$FIREWALL_UNIT"
}

unload_firewall() {
  rm -f "$WANTS/$FIREWALL_UNIT" "/etc/systemd/system/$FIREWALL_UNIT"
  systemctl stop "$FIREWALL_UNIT" 2>/dev/null || true
  nft "delete table $FIREWALL_TABLE" 2>/dev/null || true
}

# Somebody may have flushed every table since.
firewall_stands() {
  [[ -L $WANTS/$FIREWALL_UNIT ]] && nft "list chain $FIREWALL_TABLE from_outside" 2>/dev/null | grep -q 'counter.* drop'
}

# Nothing where there was nothing to do.
report_on_firewall() {
  [[ $1 == none ]] || printf ',"firewall":"%s"' "$1"
}
