#!/bin/bash
# The Python environment that holds moto, made once for each requirements.txt and kept in
# $XDG_CACHE_HOME/remote-docker/moto/<hash>.
#
# usage: moto.sh install     makes it, unless it is there
#        moto.sh path        prints its Python, whether it exists or not
set -euo pipefail

requirements=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/requirements.txt
hash=$(sha256sum <"$requirements")
folder=${XDG_CACHE_HOME:-$HOME/.cache}/remote-docker/moto/${hash:0:16}

install() {
  local partial=$folder.partial
  mkdir -p "${folder%/*}"
  exec 9>"$folder.lock"
  flock 9
  if [[ -d $folder ]]; then return; fi
  rm -rf --one-file-system "$partial"
  # Debian's own: another one on the PATH may lack venv.
  /usr/bin/python3 -m venv "$partial"
  "$partial/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
    --requirement "$requirements" >&2
  mv "$partial" "$folder"
}

case $1 in
  install) install ;;
  path) echo "$folder/bin/python" ;;
esac
