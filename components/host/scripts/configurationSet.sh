# shellcheck shell=bash
# The configuration sets on the host: each is a folder below /etc/remote-docker/sets. `current` names the one that
# everything reads, `applied` the last one that was taken up and found healthy. Where the two differ, a transaction
# was interrupted.

# Writes the wanted set into a new folder, which becomes its caller's `wanted`, or leaves nothing. The set itself comes as
# the function configuration_set, a line `put PATH TEXT` for each file: nothing of it is ever an argument of a process.
write_set() {
  local folder
  mkdir -p "$BASE/sets" && folder=$(mktemp -d "$BASE/sets/XXXXXXXX") || return
  if fill_set "$folder"; then
    # shellcheck disable=SC2034 # transaction.sh
    wanted=$folder
  else
    rm -rf "$folder"
    return 1
  fi
}

# A disk that is full, or broken, is found here.
fill_set() {
  local folder=$1
  mkdir "$folder/frontDoor" "$folder/firewall" "$folder/daemon" "$folder/restart" || return
  configuration_set || return
  # systemd complains of its files when others can't read them; the folder keeps others out.
  find "$folder" \( -name "*.conf" -o -name "*.service" \) -exec chmod 644 {} + || return
  write_through "$folder"
}

put() {
  printf '%s' "$2" >"$folder/$1"
}

# Prints a file of the wanted set, by its path there, without writing it anywhere.
wanted_file() (
  wanted_path=$1
  # shellcheck disable=SC2317 # configuration_set calls it
  put() { [[ $1 != "$wanted_path" ]] || printf '%s' "$2"; }
  configuration_set
)

# The folder that `current` or `applied` names, or nothing.
set_named() {
  readlink "$BASE/$1" || true
}

# Whether a part of a set differs from what is current or what was applied.
differs() {
  local folder=$1 part=$2 name
  for name in current applied; do
    [[ $name == applied && $BASE/current -ef $BASE/applied ]] && break
    diff -rq "$folder/$part" "$BASE/$name/$part" >/dev/null 2>&1 || return 0
  done
  return 1
}

name_set() {
  local name=$1 folder=$2
  ln -sfn "$folder" "$BASE/$name.new" &&
    mv -T "$BASE/$name.new" "$BASE/$name" &&
    sync "$BASE"
}

# After a power cut a file must not be found empty under its name, or not at all.
write_through() {
  find "$1" -exec sync {} +
}

remove_other_sets() {
  local folder
  for folder in "$BASE"/sets/*; do
    case $folder in
      "$(set_named current)" | "$(set_named applied)") ;;
      *) rm -rf "$folder" ;;
    esac
  done
}

# Where the host's programs look for their files, and the files of the current set that belong there.
links() {
  printf '%s\n' \
    "$FRONT_DOOR_LINK" \
    "/etc/docker/daemon.json daemon/daemon.json" \
    "$DOCKER_DROP_IN restart/docker.service.conf" \
    "/etc/systemd/system/docker-.scope.d/10-remote-docker.conf restart/docker.scope.conf" \
    "/etc/systemd/system/$CONTAINERS_UNIT restart/$CONTAINERS_UNIT"
}

links_are_made() {
  local place file
  while read -r place file; do
    [[ -L $place && $place -ef $BASE/current/$file ]] || return 1
  done < <(links 2>/dev/null)
}

# A file that was there before is kept in `original`, for the case that the first transaction fails.
make_links() {
  local place file
  while read -r place file; do
    mkdir -p "${place%/*}" "$BASE/original" || return
    if [[ -f $place && ! -L $place ]]; then
      cp -p "$place" "$BASE/original/${place##*/}" || return
    fi
    ln -sfn "$BASE/current/$file" "$place.new" &&
      mv -T "$place.new" "$place" || return
  done < <(links)
}

undo_links() {
  local place file
  while read -r place file; do
    if [[ -e $BASE/original/${place##*/} ]]; then
      cp -p "$BASE/original/${place##*/}" "$place.new"
      mv -T "$place.new" "$place"
    else
      rm -f "$place"
    fi
  done < <(links)
  rm -f "$BASE/current"
}
