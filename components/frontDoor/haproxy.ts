import { type AllowedClient, serverName, sorted } from "./allowList";
import {
  type Abilities,
  abilitiesOf,
  defaultsSection,
  frontDoorPort,
  globalSection,
  section,
  sshdSection,
  startsLikeSsh,
} from "./haproxyCommon";
import { clientLog, firstBytesLog, handshakeLog, localLog, sshClientLog } from "./haproxyLog";
import { publishedPortRules, publishedPorts, toPublishedPorts } from "./publishedPorts";
import { sshSocket } from "./sshClients";
import { defaultTls, tlsOptions, type TlsVersion } from "./tlsVersions";
import { toTrial, trial, trialRules } from "./trial";

/** Socket of the front door for root on the machine: the way through to dockerd without a client's certificate. */
export const rootSocket = "/run/remote-docker.sock";

export interface FrontDoorArgs {
  /** Everybody who is admitted. */
  clients: AllowedClient[];
  /** Where dockerd's TLS listens. */
  daemonAddress: string;
  /** Offers the daemon without TLS on the machine's own 127.0.0.1:2375. */
  plainListener: boolean;
  /** Whether clients come by IPv6 as well; a host without it couldn't start the front door. Default: false. */
  ipv6?: boolean;
  /** The address that everybody seems to come from, by which nobody can be limited. Default: there is none. */
  sharedAddress?: string;
  /** Whether clients come by SSH as well. Default: false. */
  sshClients?: boolean;
  /** Whether it hands SSH to the machine's sshd. A host that was there before has its sshd elsewhere. Default: true. */
  handsSshOn?: boolean;
  /** The oldest TLS version that clients may come by. Default: 1.2. */
  minimumTls?: TlsVersion;
  /** HAProxy's version on the host. Default: Debian 13's. */
  version?: string;
  /** Folder of the front door's files (`FRONT_DOOR` in the environment goes before it, so that a set can be checked). */
  folder: string;
}

/** Names of the files that the configuration refers to, in its folder. */
export const frontDoorFiles = {
  allowList: "allow-list.map",
  connections: "connections.map",
  connectionsPerMinute: "connections-per-minute.map",
  server: "server.pem",
  root: "root.pem",
  innerClient: "inner-client.pem",
  innerIssuer: "inner-issuer.pem",
} as const;

/** Connections of one address: new ones in ten seconds, and open ones. Many people may share an address. */
const perAddress = { newInTenSeconds: 600, open: 1000 };

/** The address that is counted: of IPv6 a network of one site, RFC 6177. */
const counted = "src,ipmask(32,64)";

/** The same for connections to sshd, which only the operator needs, and clients by SSH: each of docker's may be one. */
const perAddressToSshd = { newInTenSeconds: 60, open: 12 };
const perAddressWithClients = { newInTenSeconds: 200, open: 80 };

/**
 * haproxy.cfg: one port that hands SSH to sshd, ends clients' mutual TLS, admits who is on the allow-list, and passes
 * them on to dockerd by TLS, or to a port that a container publishes.
 */
export function haproxyConfiguration(args: FrontDoorArgs): string {
  const abilities = abilitiesOf(args.version ?? "3.0");
  return [
    `# Written by remote-docker.\n${globalSection([`presetenv FRONT_DOOR ${args.folder}`])}`,
    defaultsSection(abilities),
    firstBytes(args),
    rates(),
    ...((args.handsSshOn ?? true) ? [sshdSection()] : []),
    section("backend tls", ["server tls abns@remote-docker-tls send-proxy-v2"]),
    tls(abilities, args.minimumTls ?? defaultTls),
    ...(args.sshClients ? [sshClients()] : []),
    daemon(args),
    publishedPorts(args.clients),
    trial(),
    local(args),
  ].join("\n");
}

/**
 * Tells SSH and TLS apart. A rule whose condition needs more bytes waits for them, until the inspect delay ends; a
 * connection that is still without a word then is an SSH client that waits for the banner. TLS is known by its first
 * byte: on a bad line the others may take longer, and have the time of a handshake.
 */
function firstBytes(args: FrontDoorArgs): string {
  const { ipv6 = false, handsSshOn = true, sharedAddress } = args;
  const toSshd = args.sshClients ? perAddressWithClients : perAddressToSshd;
  const tooMany = `{ sc_conn_rate(0) gt ${perAddress.newInTenSeconds} } || { sc_conn_cur(0) gt ${perAddress.open} }`;
  const tooManyToSshd = `{ sc_conn_rate(1) gt ${toSshd.newInTenSeconds} } || { sc_conn_cur(1) gt ${toSshd.open} }`;
  const unlessShared = sharedAddress === undefined ? "" : ` unless { src ${sharedAddress} }`;
  // A silent one is nobody's that provisions: clients of SSH that are in use begin with their version.
  const unlessSpeaks = sharedAddress === undefined ? "" : `${unlessShared} ${startsLikeSsh}`;
  const isSsh = "{ var(txn.event) -m str ssh }";
  const unlessSsh = handsSshOn ? " !{ req.payload(0,1) -m str S }" : "";
  return section("frontend first_bytes", [
    `bind *:${frontDoorPort}`,
    ...(ipv6 ? [`bind :::${frontDoorPort} v6only`] : []),
    `log-format ${firstBytesLog}`,
    `tcp-request connection track-sc0 ${counted} table addresses${unlessShared}`,
    "# Beyond twice the limit not even a line in the log: it would be a way to fill it.",
    `tcp-request connection reject if { sc_conn_rate(0) gt ${2 * perAddress.newInTenSeconds} }`,
    "tcp-request inspect-delay 3s",
    "tcp-request content set-var(txn.event) str(refused)",
    'tcp-request content set-var-fmt(txn.reason) "too many connections from this address"',
    `tcp-request content reject if ${tooMany}`,
    `tcp-request content set-var-fmt(txn.reason) "${handsSshOn ? "neither SSH nor TLS" : "not TLS"}"`,
    `tcp-request content reject if { req.len gt 0 } !{ req.payload(0,1) -m bin 16 }${unlessSsh}`,
    `tcp-request content reject if { req.len gt 1 } !{ req.payload(0,2) -m bin 1603 }${unlessSsh}`,
    "tcp-request content set-log-level silent if { req.payload(0,1) -m bin 16 }",
    "tcp-request content accept if { req.payload(0,1) -m bin 16 }",
    ...(handsSshOn
      ? [
          `tcp-request content reject if { req.len gt 0 } !${startsLikeSsh}`,
          `tcp-request content track-sc1 ${counted} table addresses_of_ssh${unlessSpeaks}`,
          'tcp-request content set-var-fmt(txn.reason) "too many connections to sshd from this address"',
          `tcp-request content reject if ${tooManyToSshd}`,
          "tcp-request content set-var(txn.event) str(ssh)",
          "tcp-request content unset-var(txn.reason)",
          `use_backend sshd if ${isSsh}`,
        ]
      : ["tcp-request content reject"]),
    "default_backend tls",
  ]);
}

function rates(): string {
  const table = "stick-table type ipv6 size 100k expire 1m store conn_cur,conn_rate(10s)";
  const ofClients = "stick-table type string len 64 size 10k expire 2m store conn_cur,gpc0,gpc0_rate(1m)";
  return [
    section("backend addresses", [table]),
    section("backend addresses_of_ssh", [table]),
    section("backend clients", [ofClients]),
  ].join("\n");
}

/** The rule on the allow-list is asked for each connection, so that a resumed TLS session opens nothing. */
function tls(abilities: Abilities, minimum: TlsVersion): string {
  return section("frontend tls", [
    "bind abns@remote-docker-tls accept-proxy ssl " +
      `crt "\${FRONT_DOOR}/${frontDoorFiles.server}" ca-file "\${FRONT_DOOR}/${frontDoorFiles.root}" ` +
      `verify required ${tlsOptions(minimum)}`,
    `log-format ${clientLog}`,
    `error-log-format ${handshakeLog(abilities)}`,
    ...(abilities.limitsHandshakes ? [] : ["timeout client 30s"]),
    ...admission("ssl_c_der,sha2(256),hex,lower"),
    ...trialRules(),
    ...limits(),
    ...publishedPortRules(),
    ...admitted,
    toTrial,
    toPublishedPorts,
    "default_backend daemon",
  ]);
}

/**
 * Clients whose key sshd has accepted: their account's one command says in the PROXY protocol which, and from where. The
 * folder of the socket is closed to everybody else.
 */
function sshClients(): string {
  return section("frontend ssh_clients", [
    `bind unix@${sshSocket} mode 666 accept-proxy`,
    `log-format ${sshClientLog}`,
    ...admission("fc_pp_authority"),
    ...limits(),
    ...admitted,
    "default_backend daemon",
  ]);
}

/** @param fingerprint what HAProxy knows it by */
function admission(fingerprint: string): string[] {
  return [
    "tcp-request content set-var(txn.event) str(refused)",
    'tcp-request content set-var-fmt(txn.reason) "not on the allow-list"',
    `tcp-request content set-var(txn.fingerprint) ${fingerprint}`,
    `tcp-request content set-var(txn.server) "var(txn.fingerprint),map(\${FRONT_DOOR}/${frontDoorFiles.allowList})"`,
    "tcp-request content reject if !{ var(txn.server) -m found }",
  ];
}

const admitted = [
  "tcp-request content set-var(txn.event) str(connection)",
  "tcp-request content unset-var(txn.reason)",
];

/** A client is counted by its name, whatever its certificate. */
function limits(): string[] {
  const most = (file: string) => `"var(txn.client),map_str_int(\${FRONT_DOOR}/${file})"`;
  return [
    'tcp-request content set-var(txn.client) "var(txn.server),field(1,:)"',
    "tcp-request content track-sc0 var(txn.client) table clients",
    `tcp-request content set-var(txn.connections) ${most(frontDoorFiles.connections)}`,
    `tcp-request content set-var(txn.per_minute) ${most(frontDoorFiles.connectionsPerMinute)}`,
    'tcp-request content set-var-fmt(txn.reason) "more than %[var(txn.connections)] connections at once"',
    "tcp-request content reject if { var(txn.connections) -m found } { sc_conn_cur(0),sub(txn.connections) gt 0 }",
    'tcp-request content set-var-fmt(txn.reason) "more than %[var(txn.per_minute)] connections in a minute"',
    "tcp-request content reject if { var(txn.per_minute) -m found } { sc_gpc0_rate(0),sub(txn.per_minute) ge 0 }",
    "tcp-request content sc-inc-gpc0(0)",
  ];
}

/**
 * A server line for each client, by which its connections are found. Weight 0 keeps a line from being chosen for
 * anybody else. While dockerd restarts, a connection is tried again each second.
 */
function daemon({ clients, daemonAddress }: FrontDoorArgs): string {
  return section("backend daemon", [
    "retries 15",
    `default-server ${toDaemon} weight 0`,
    "use-server %[var(txn.server)] if TRUE",
    ...sorted(clients).map((client) => `server ${serverName(client)} ${daemonAddress}`),
  ]);
}

const toDaemon =
  `ssl crt "\${FRONT_DOOR}/${frontDoorFiles.innerClient}" ca-file "\${FRONT_DOOR}/${frontDoorFiles.innerIssuer}" ` +
  "verify required verifyhost localhost sni str(localhost)";

function local({ daemonAddress, plainListener }: FrontDoorArgs): string {
  const frontend = section("frontend local", [
    `bind unix@${rootSocket} mode 600 user root group root`,
    ...(plainListener ? ["bind 127.0.0.1:2375"] : []),
    `log-format ${localLog}`,
    "default_backend daemon_for_local",
  ]);
  return `${frontend}\n${section("backend daemon_for_local", ["retries 15", `server daemon ${daemonAddress} ${toDaemon}`])}`;
}
