# shellcheck shell=bash
# Progress on standard error. The connection may be lost at any time, and the transaction must then still reach one of
# its two ends: writing to nobody is no error.

say() {
  printf '%s\n' "$*" >&2 || true
}

fail() {
  say "$*"
  exit 1
}

# The end of what a unit wrote to the journal since a moment (seconds since 1970): why it failed. Connections are no cause.
cause_from_journal() {
  local unit=$1 since=$2 lines reasons
  lines=$(journalctl --quiet --no-pager --output=cat --unit="$unit" --since="@$since" | sed '/^{"event":/d')
  reasons=$(grep -E 'level=(error|fatal)|failed to start daemon|unable to configure|ALERT|\[EMERG\]' <<<"$lines" || true)
  tail -n 12 <<<"${reasons:-$lines}"
}
