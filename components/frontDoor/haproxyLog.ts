/**
 * A line of the front door's log as JSON. Every value is from a limited alphabet (names that were checked, addresses,
 * numbers, fixed texts), so that nothing needs an escape.
 */
function line(fields: Record<string, string>): string {
  const members = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return `'{${members.join(",")}}'`;
}

const who = { address: '"%[src]"', port: "%[src_port]" };

/** Seconds since 1970, with milliseconds; the duration is in milliseconds, bytes are as the client counts them. */
const when = { start: "%Ts.%ms", duration: "%Tt" };
const howMuch = { sent: "%U", received: "%B" };

/** A client's connection, or one that was refused after its TLS handshake. `end` is HAProxy's termination state. */
export const clientLog = line({
  event: '"%[var(txn.event)]"',
  client: '"%[ssl_c_s_dn(CN)]"',
  fingerprint: '"%[var(txn.fingerprint)]"',
  ...who,
  ...when,
  ...howMuch,
  end: '"%ts"',
  reason: '"%[var(txn.reason)]"',
});

/** A connection whose TLS handshake failed. */
export const handshakeLog = line({
  event: '"refused"',
  ...who,
  start: "%Ts.%ms",
  reason: '"%[fc_err_str]"',
  detail: '"%[ssl_fc_err_str]"',
});

/** A connection to sshd, or one that was refused for its first bytes or its number. */
export const firstBytesLog = line({
  event: '"%[var(txn.event)]"',
  ...who,
  ...when,
  ...howMuch,
  end: '"%ts"',
  reason: '"%[var(txn.reason)]"',
});

/** A connection from the machine itself, without TLS. */
export const localLog = line({ event: '"local"', ...when, ...howMuch, end: '"%ts"' });
