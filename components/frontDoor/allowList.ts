/** A client that the front door admits. */
export interface AllowedClient {
  /** Name as in the configuration: letters, digits, `.`, `_`, `-`. */
  name: string;
  /** SHA-256 of the certificate's DER, 64 lower-case hexadecimal digits. */
  fingerprint: string;
}

/**
 * The name of a client's own server line. It carries the certificate's fingerprint, so that the sessions of a
 * certificate that was replaced can be told from those of its successor.
 *
 * @example serverName({ name: "alice", fingerprint: "3fa9…" }) // alice:3fa90bd27c11e64f
 */
export function serverName({ name, fingerprint }: AllowedClient): string {
  return `${name}:${fingerprint.slice(0, 16)}`;
}

/** Everybody whom the front door admits, as a map file of HAProxy: a fingerprint and the client's server line. */
export function allowList(clients: AllowedClient[]): string {
  return sorted(clients)
    .map((client) => `${client.fingerprint} ${serverName(client)}\n`)
    .join("");
}

/** In the order of their names: the order in the configuration must not count as a change. */
export function sorted(clients: AllowedClient[]): AllowedClient[] {
  return [...clients].sort((one, other) => (serverName(one) < serverName(other) ? -1 : 1));
}
