#!/usr/bin/env bash
# Renews what is due in a stack that is up, with nobody there: checks that it is the right stack, then `npm run up`.
#   renew.sh STACK    ends with another code than 0 when anything failed
set -euo pipefail

stack=${1:?which stack? Write: renew.sh STACK}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# With the wrong backend, or none, `up` would make the stack anew, a second machine included.
if ! npm run --silent pulumi -- stack output DOCKER_HOST --stack "$stack"; then
  echo "renewal: the stack $stack isn't up in the backend ${PULUMI_BACKEND_URL:-of this checkout}; nothing was done" >&2
  exit 1
fi

npm run up -- --stack "$stack"
