# shellcheck shell=bash
# A change of clients and their limits alone, which the front door's process takes up as it runs. Each reload would leave
# an old process behind, for as long as anybody's connection of before lasts.

client_maps() {
  printf '%s\n' allow-list.map connections.map connections-per-minute.map
}

# Whether a set differs from what the front door runs with in its clients only. After an interrupted transaction nobody
# knows what it runs with.
only_clients_differ() {
  local wanted=$1/frontDoor current=$BASE/current/frontDoor map unlike=(--exclude haproxy.cfg --exclude authorized_keys)
  while read -r map; do unlike+=(--exclude "$map"); done < <(client_maps)
  [[ $BASE/current -ef $BASE/applied ]] &&
    diff -rq "${unlike[@]}" "$current" "$wanted" >/dev/null 2>&1 &&
    cmp --quiet <(without_clients "$current/haproxy.cfg") <(without_clients "$wanted/haproxy.cfg")
}

without_clients() {
  sed '/^    server [^ ]*:[0-9a-f]\{16\} /d' "$1"
}

# What HAProxy can't (before 2.6, servers with TLS) a reload can.
update_clients() {
  say "telling the front door of the change of clients"
  if add_servers && replace_maps && clients_are_known; then return; fi
  say "the front door doesn't take it up as it runs"
  reload_front_door
}

add_servers() {
  local known name options
  known=$(server_names) || return
  while read -r name options; do
    [[ $'\n'$known$'\n' == *$'\n'"$name"$'\n'* ]] ||
      printf 'add server %s %s\nenable server %s\n' "$name" "$options" "$name"
  done < <(server_lines) | ask_worker >/dev/null
}

# Name, with its backend, and options of each client's server lines. The command knows neither `default-server` nor
# variables.
server_lines() {
  awk -v folder="$BASE/current/frontDoor" '
    { gsub(/"/, ""); gsub(/\$\{FRONT_DOOR\}/, folder) }
    $1 == "backend" { backend = $2 }
    $1 == "default-server" { sub(/^ *default-server /, ""); common = $0 }
    $1 == "server" && $2 ~ /:[0-9a-f]+$/ && length($2) > 17 { sub(/^ *server /, ""); print backend "/" $0, common }
  ' "$BASE/current/frontDoor/haproxy.cfg"
}

server_names() {
  ask_worker <<<"show servers conn" | awk '$1 ~ /^(daemon|published)\// { print $1 }'
}

# Each map changes at once, by a version of it that is made beside.
replace_maps() {
  local map file version
  while read -r map; do
    file=$BASE/current/frontDoor/$map
    version=$(ask_worker <<<"prepare map $file" | sed -n 's/^New version created: //p')
    [[ -n $version ]] || return
    { entries "$file" | sed "s#^#add map @$version $file #"; printf 'commit map @%s %s\n' "$version" "$file"; } |
      ask_worker >/dev/null || return
  done < <(client_maps)
}

# Without those that were struck off.
entries() {
  sed '/^#/d' "$1"
}

# Whether the front door runs with what is on the disk.
clients_are_known() {
  local map file known
  while read -r map; do
    file=$BASE/current/frontDoor/$map
    known=$(ask_worker <<<"show map $file") || return
    cmp --quiet <(awk 'NF == 3 { print $2, $3 }' <(printf '%s\n' "$known") | LC_ALL=C sort) <(entries "$file" | LC_ALL=C sort) || return
  done < <(client_maps)
  known=$(server_names) || return
  [[ -z $(LC_ALL=C comm -23 <(server_lines | cut -d ' ' -f 1 | LC_ALL=C sort) <(LC_ALL=C sort <<<"$known")) ]]
}

# The worker that takes new connections.
ask_worker() {
  { echo @1; cat; } | ask_front_door
}
