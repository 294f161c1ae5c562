# shellcheck shell=bash
# Whether everybody can go on when a set with other roots takes the current one's place.

# A root is known by its key, which a renewed one keeps. One that has expired protects nobody any more. Asked before
# anything else: a set with another authority altogether, from a lost state for instance, would take everybody's rights.
somebody_trusts_wanted() {
  local trusted dropped
  trusted=$(valid_roots <"$(current_roots)")
  dropped=$(LC_ALL=C comm -23 <(printf '%s\n' "$trusted") <(wanted_file frontDoor/root.pem | roots))
  if [[ -n $dropped && $dropped == "$trusted" ]]; then
    say "no client trusts the wanted root yet: all of them would be locked out. Let both roots be trusted first: set rotation.root to the two, like \"1+2\", run this, and let everybody fetch their bundle and use it; then set it to the new one alone, like \"2\""
    return 1
  fi
}

roots_may_change() {
  local wanted=$1 dropped late
  dropped=$(LC_ALL=C comm -23 <(valid_roots <"$(current_roots)") <(roots <"$wanted/frontDoor/root.pem"))
  [[ -n $dropped ]] || return 0
  late=$(staying_clients "$wanted" | not_moved_over | paste -sd ' ')
  [[ -n $late ]] || return 0
  say "a root would be dropped on which these clients still rely, as they have not come in with a certificate of the other one: $late. Let them fetch their bundle and use it once, or name them in rotation.leaveBehind, which locks them out until they fetch it, or remove them from the clients; then run this again"
  return 1
}

# Names on both sets' allow-lists.
staying_clients() {
  LC_ALL=C comm -12 <(admitted_names "$BASE/current") <(admitted_names "$1")
}

admitted_names() {
  sed '/^#/d; s/^[^ ]* //; s/:.*//' "$1/frontDoor/allow-list.map" | LC_ALL=C sort -u
}

# Before the first transaction there is none.
current_roots() {
  local file=$BASE/current/frontDoor/root.pem
  if [[ -e $file ]]; then printf '%s' "$file"; else printf /dev/null; fi
}

valid_roots() {
  each_root valid_key | LC_ALL=C sort -u
}

roots() {
  each_root key | LC_ALL=C sort -u
}

# Runs a function for each root on standard input, PEM on its own standard input.
each_root() {
  local certificate
  while IFS= read -r -d '' certificate; do
    "$1" <<<"$certificate"
  done < <(sed 's/^-----END CERTIFICATE-----$/&\x00/')
}

key() {
  openssl x509 -noout -pubkey | sha256sum
}

valid_key() {
  local certificate
  certificate=$(cat)
  if openssl x509 -noout -checkend 0 <<<"$certificate" >/dev/null; then key <<<"$certificate"; fi
}
