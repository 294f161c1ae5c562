#!/usr/bin/env bash
# The certificates that the authority makes, made by hand with openssl in a folder: NAME.pem and NAME.key.
#
# usage: certificates.sh FOLDER
set -euo pipefail
cd "$1"
umask 077

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

issuer() {
  new_key "$1"
  openssl req -x509 -new -key "$1.key" -out "$1.pem" -subj "/CN=$1" -days 3650
}

signed() {
  local name=$1 issuer=$2 usage=$3
  new_key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -days 365 -out "$name.pem" -extfile - <<END
extendedKeyUsage=$usage
subjectAltName=DNS:localhost,IP:127.0.0.1
END
}

{
  issuer root
  issuer inner
  issuer selfSigned
  signed server root serverAuth
  signed innerServer inner serverAuth
  signed innerClient inner clientAuth
  for client in me health unlisted; do signed "$client" root clientAuth; done
} 2>openssl.log || { cat openssl.log >&2; exit 1; }
