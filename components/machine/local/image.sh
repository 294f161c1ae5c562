#!/bin/bash
# The guest's image, built once for each recipe and kept in $XDG_CACHE_HOME/remote-docker/images/<hash>.
#
# usage: image.sh build [RECIPE [SUITE]]
#        image.sh path [RECIPE [SUITE]]    prints the image's folder, whether it exists or not
# RECIPE: another script than recipe.sh, for another image; SUITE: another release of Debian than trixie
# environment: MIRROR           a Debian mirror's URL, empty for the one of this computer's apt
#              SECURITY_MIRROR  the same for the security archive, or `none`
#              IMAGE            local.image; beyond 1 the image has to be of today's packages
#              IMAGE_DAYS       the age from which on an image is built anew, in days. Default: 30, and where that fails the
#                               older one will do; 1, and nothing else will do, where IMAGE is beyond 1
set -euo pipefail
# shellcheck source=components/machine/local/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Debian's archive as this computer's own apt reaches it, and on a second line its security archive, each perhaps empty.
archives_of_apt() {
  # shellcheck disable=SC2016 # apt-get expands it
  apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null | awk '
    { label = substr($0, index($0, " ") + 1) }
    label == "Debian" && main == "" { main = $1 }
    label == "Debian-Security" && security == "" { security = $1 }
    END { print main; print security }'
}

sources() {
  local main="" security=""
  {
    read -r main
    read -r security
  } < <(archives_of_apt) || true
  main=${MIRROR:-$main}
  [[ -n $main ]] || fail "this computer's apt knows no Debian mirror; name one: remote-docker:local.mirror"
  echo "deb [signed-by=$keyring] $main $suite main"
  security=$(security_archive "$security")
  if [[ -n $security ]]; then echo "deb [signed-by=$keyring] $security $suite-security main"; fi
}

# The one that was named, else the one that apt has. Where only a mirror is within reach the machine does without.
security_archive() {
  local known=$1 remedy="name one that is within reach, or \"none\": remote-docker:local.securityMirror"
  case ${SECURITY_MIRROR-} in
    none) ;;
    ?*) echo "$SECURITY_MIRROR" ;;
    *)
      if [[ -z $known ]]; then
        say "no Debian security archive is known: the machine gets no security updates; $remedy"
      elif [[ -n ${MIRROR-} ]] && ! reachable "$known"; then
        say "$known can't be reached: the machine gets no security updates; $remedy"
      else
        echo "$known"
      fi
      ;;
  esac
}

reachable() {
  local folder status=0
  folder=$(mktemp -d)
  PATH=$PATH:/usr/lib/apt apt-helper -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=2 \
    download-file "${1%/}/dists/$suite-security/InRelease" "$folder/InRelease" >/dev/null 2>&1 || status=1
  rm -rf "$folder"
  return "$status"
}

# Whether an image that is too old is better than none.
older_will_do() { [[ -d $1 && $needed == no ]]; }

build() {
  local folder list partial owner
  folder=$(image_folder)
  if fresh "$folder" "$days"; then return; fi
  if [[ $EUID != 0 ]] && older_will_do "$folder"; then
    say "the machine's image is older than $days days, and only root can build another one: it is used as it is"
    return
  fi
  owner=$(owner_of "${folder%/*}")
  make_folder "${folder%/*}"
  exec 9>"$folder.lock"
  hand_over "$folder.lock"
  if ! flock --nonblock 9; then
    say "another run is building the image; waiting for it"
    flock 9
  fi
  if fresh "$folder" "$days"; then return; fi
  list=$(sources)
  # What a run that was killed has left behind; the lock says that nobody is at work on it.
  partial=$folder.partial
  rm -rf --one-file-system "$partial"
  mkdir "$partial"
  if [[ -d $folder ]]; then
    say "building the machine's image anew from today's Debian packages"
  else
    say "building the machine's image from Debian packages, once"
  fi
  if ! from_recipe "$partial" <<<"$list"; then
    older_will_do "$folder" || exit 1
    say "the one that there is, which is older than $days days, is used"
    return
  fi
  if [[ $list != *-security\ main* ]]; then : >"$partial/without-security"; fi
  hand_over --recursive "$partial"
  replace "$folder" "$partial"
  say "the image is ready in $SECONDS s"
}

# Who copies from it holds the lock as well.
replace() {
  rm -rf --one-file-system "$1.former"
  if [[ -d $1 ]]; then mv "$1" "$1.former"; fi
  mv "$2" "$1"
  rm -rf --one-file-system "$1.former"
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
  say "the image could not be built (its whole log: $log); are the Debian mirror and the security archive within reach? Others can be named: remote-docker:local.mirror, local.securityMirror"
  return 1
}

recipe=${2:-$recipe}
suite=${3:-$suite}
needed=no
if [[ ${IMAGE:-1} != 1 ]]; then needed=yes; fi
days=${IMAGE_DAYS:-$([[ $needed == yes ]] && echo 1 || echo 30)}
case $1 in
  build) build ;;
  path) image_folder ;;
esac
