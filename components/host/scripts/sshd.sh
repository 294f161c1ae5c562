# shellcheck shell=bash

# sshd warns of each host key that isn't there (yet, or any more); only an error is worth showing.
reload_sshd() {
  local complaint
  complaint=$(sshd -t 2>&1) || { say "sshd rejects its configuration, and goes on with the former one: $complaint"; return 1; }
  systemctl reload ssh.service
}
