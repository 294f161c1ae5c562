import type { Abilities } from "./haproxyCommon";

/**
 * A line of the front door's log as JSON. Values are from a limited alphabet (addresses, numbers, fixed texts), so that
 * nothing needs an escape, but for what strangers write.
 */
function line(fields: Record<string, string>): string {
  const members = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return `'{${members.join(",")}}'`;
}

const where = { address: '"%[src]"', port: "%[src_port]" };

/**
 * Who the certificate says that it is for, trusted or not: anybody can write a certificate. HAProxy would cut a line off
 * after 1024 characters.
 */
const client = '"%[ssl_c_s_dn(CN),bytes(0,64),json(utf8s)]"';

/** Seconds since 1970, with milliseconds; the duration is in milliseconds, bytes are as the client counts them. */
const when = { start: "%Ts.%ms", duration: "%Tt" };
const howMuch = { sent: "%U", received: "%B" };

/** A client's connection, or one that was refused after its TLS handshake. `end` is HAProxy's termination state. */
export const clientLog = line({
  event: '"%[var(txn.event)]"',
  client,
  fingerprint: '"%[var(txn.fingerprint)]"',
  tls: '"%[ssl_fc_protocol]"',
  published: '"%[var(txn.published)]"',
  ...where,
  ...when,
  ...howMuch,
  end: '"%ts"',
  reason: '"%[var(txn.reason)]"',
});

/** A client's connection by SSH, or one that was refused although sshd had accepted its key. */
export const sshClientLog = line({
  event: '"%[var(txn.event)]"',
  client: '"%[var(txn.client)]"',
  fingerprint: '"%[var(txn.fingerprint)]"',
  by: '"ssh"',
  address: '"%[fc_pp_unique_id,field(1,/)]"',
  port: '"%[fc_pp_unique_id,field(2,/)]"',
  ...when,
  ...howMuch,
  end: '"%ts"',
  reason: '"%[var(txn.reason)]"',
});

/**
 * A connection whose TLS handshake failed. `reason` is HAProxy's, `detail` OpenSSL's; `certificate` says what is wrong
 * with the client's certificate, and `issuer` with the one that signed it, as in verify(1): X509_V_ERR_…, of an older
 * HAProxy by number.
 */
export function handshakeLog({ namesErrors }: Abilities): string {
  const error = (of: string) => (namesErrors ? `"%[${of},x509_v_err_str]"` : `"X509_V_ERR_%[${of}]"`);
  return line({
    event: '"refused"',
    client,
    fingerprint: '"%[ssl_c_der,sha2(256),hex,lower]"',
    ...where,
    start: "%Ts.%ms",
    reason: '"%[fc_err_str]"',
    detail: '"%[ssl_fc_err_str]"',
    certificate: error("ssl_c_err"),
    issuer: error("ssl_c_ca_err"),
  });
}

/**
 * A connection to sshd, or one that was refused for its first bytes or its number. `passedOn`: the port by which sshd knows
 * it, as the lines of clients by SSH have it.
 */
export const firstBytesLog = line({
  event: '"%[var(txn.event)]"',
  ...where,
  passedOn: '"%bp"',
  ...when,
  ...howMuch,
  end: '"%ts"',
  reason: '"%[var(txn.reason)]"',
});

/** A connection from the machine itself, without TLS. */
export const localLog = line({ event: '"local"', ...when, ...howMuch, end: '"%ts"' });
