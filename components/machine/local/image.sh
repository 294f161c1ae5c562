#!/bin/bash
# The guest's image, built once for each recipe and kept in $XDG_CACHE_HOME/remote-docker/images/<hash>.
#
# usage: image.sh build [RECIPE [SUITE]]   MIRROR in the environment: a Debian mirror's URL, empty for the one of this
#                                          computer's apt
#        image.sh path [RECIPE [SUITE]]    prints the image's folder, whether it exists or not
# RECIPE: another script than recipe.sh, for another image; SUITE: another release of Debian than trixie
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Debian's archive as this computer's own apt reaches it: "<uri> <uri of the security archive or nothing>".
archives_of_apt() {
  # shellcheck disable=SC2016 # apt-get expands it
  apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null | awk '
    { label = substr($0, index($0, " ") + 1) }
    label == "Debian" && main == "" { main = $1 }
    label == "Debian-Security" && security == "" { security = $1 }
    END { print main, security }'
}

sources() {
  local main=${MIRROR-} security=""
  if [[ -z $main ]]; then read -r main security < <(archives_of_apt) || true; fi
  [[ -n $main ]] || fail "this computer's apt knows no Debian mirror; name one: remote-docker:local.mirror"
  echo "deb [signed-by=$keyring] $main $suite main"
  if [[ -n $security ]]; then echo "deb [signed-by=$keyring] $security $suite-security main"; fi
}

build() {
  local folder list partial owner
  folder=$(image_folder)
  if [[ -d $folder ]]; then return; fi
  owner=$(owner_of "${folder%/*}")
  make_folder "${folder%/*}"
  exec 9>"$folder.lock"
  hand_over "$folder.lock"
  if ! flock --nonblock 9; then
    say "another run is building the image; waiting for it"
    flock 9
  fi
  if [[ -d $folder ]]; then return; fi
  list=$(sources)
  # What a run that was killed has left behind; the lock says that nobody is at work on it.
  partial=$folder.partial
  rm -rf --one-file-system "$partial"
  mkdir "$partial"
  say "building the machine's image from Debian packages, once"
  from_recipe "$partial" <<<"$list"
  hand_over --recursive "$partial"
  mv "$partial" "$folder"
  say "the image is ready in $SECONDS s"
}

# User and group of a folder that may have to be made.
owner_of() {
  local folder=$1
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  stat --format %u:%g "$folder"
}

make_folder() {
  if [[ -d $1 ]]; then return; fi
  make_folder "$(dirname "$1")"
  mkdir -p "$1"
  hand_over "$1"
}

# What root makes in somebody's cache is theirs: they could neither use nor remove it otherwise. Of a folder that was there
# already nothing changes.
hand_over() {
  [[ $EUID == 0 && $owner != 0:0 ]] || return 0
  chown --no-dereference "$owner" "$@"
}

from_recipe() {
  local log=$1.log
  if bash "$recipe" "$1" "$suite" >"$log" 2>&1; then
    rm "$log"
    return
  fi
  tail -n 20 "$log" >&2
  fail "the image could not be built (its whole log: $log); is the Debian mirror within reach?"
}

recipe=${2:-$recipe}
suite=${3:-$suite}
case $1 in
  build) build ;;
  path) image_folder ;;
esac
