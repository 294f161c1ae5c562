# shellcheck shell=bash
# The host's firewall, a table of nftables of its own: its check, its load, and whether it stands.

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

# Whether the kernel has just what the current set says, seen beside what it makes of that in a network of its own, and will
# have it after the next boot. Somebody may have flushed every table since, or added to this one.
firewall_stands() {
  local loaded wanted
  [[ -L $WANTS/$FIREWALL_UNIT ]] || return
  loaded=$(nft --stateless "list table $FIREWALL_TABLE" 2>/dev/null) || return
  # shellcheck disable=SC2016 # the inner shell expands it
  wanted=$(unshare --net bash -c 'nft -f "$1" && nft --stateless "list table $2"' bash "$BASE/current/firewall/rules.nft" "$FIREWALL_TABLE") || return
  [[ $loaded == "$wanted" ]]
}

# Nothing where there was nothing to do.
report_on_firewall() {
  [[ $1 == none ]] || printf ',"firewall":"%s"' "$1"
}
