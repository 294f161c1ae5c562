import { type AllowedClient, serverName, sorted } from "./allowList";
import { section } from "./haproxyCommon";

/** Where the daemon publishes containers' ports on the machine. */
const published = "127.0.0.1";

/** What a client names as the server (SNI, RFC 6066) to be led to a published port, e.g. `port-8080.remote-docker`. */
const serverNamePattern = "^port-[0-9]{1,5}[.]remote-docker$";

/** Ports of the machine's own: sshd, and everything from the plain listener to dockerd. */
const ownPorts = "22 2375:2378";

/**
 * Rules of a frontend that has admitted a client: one that names a port as the server is led to it, on the machine's
 * loopback, where the daemon publishes ports. `txn.published` has it, for the log.
 */
export function publishedPortRules(): string[] {
  const isPort = `{ ssl_fc_sni,lower -m reg ${serverNamePattern} }`;
  return [
    `tcp-request content set-var(txn.published) ssl_fc_sni,lower,field(1,.),regsub(^port-,) if ${isPort}`,
    'tcp-request content set-var-fmt(txn.reason) "port %[var(txn.published)] is not a published one"',
    `tcp-request content reject if { var(txn.published) -m found } !{ var(txn.published) -m int 1:65535 }`,
    `tcp-request content reject if { var(txn.published) -m int ${ownPorts} }`,
    "tcp-request content set-dst-port var(txn.published) if { var(txn.published) -m found }",
  ];
}

/** Whither they lead. */
export const toPublishedPorts = "use_backend published if { var(txn.published) -m found }";

/** A server line for each client, as in the daemon's backend: by it a connection is found. The rules choose its port. */
export function publishedPorts(clients: AllowedClient[]): string {
  return section("backend published", [
    "retries 0",
    "default-server weight 0",
    "use-server %[var(txn.server)] if TRUE",
    ...sorted(clients).map((client) => `server ${serverName(client)} ${published}`),
  ]);
}
