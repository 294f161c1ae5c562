import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { healthClient } from "../authority/clientArgs";
import type { AllowedClient } from "../frontDoor/allowList";
import type { Theirs } from "../daemon/theirs";
import type { ConfigurationSet } from "./configurationSet";
import { layout } from "./layout";

/**
 * What runs a script that comes on standard input, as root. It is read in blocks, where `bash -s` would read byte by byte,
 * and as a whole before its last line, the only one that does something: a script that arrives in part does nothing.
 *
 * @param user who runs it: root needs no sudo
 */
export function runScript(user: string): string {
  return asRoot(user, "bash -c 'source <(cat)'");
}

/** A command as root. */
export function asRoot(user: string, command: string): string {
  return user === "root" ? command : `sudo -n ${command}`;
}

/** What a host needs to tell who has moved over to the newest root. */
export interface Movers {
  /** The clients' certificates that the newest root signed; a client may have several. */
  clients: AllowedClient[];
  /** Names of clients that nobody waits for. */
  leaveBehind: string[];
}

const parts = [
  ...[
    "report",
    "configurationSet",
    "frontDoor",
    "admission",
    "frontDoorClients",
    "sshClients",
    "movedOver",
    "rootRotation",
    "tlsVersions",
  ],
  ...["firewall", "daemon", "clock", "health", "sshd", "transaction"],
];

/**
 * The transaction that brings a host to a configuration set, as text for {@link runScript}. It refuses a set that drops
 * a trusted root too early: one that leaves no root that clients trust by now, or one on which a client that stays still
 * relies, as none of its certificates in `movers` has been used yet.
 *
 * @param certificates PEM, of clients; the host waits until they are valid by its clock, as it does for the set's own
 */
export function transactionScript(
  set: ConfigurationSet,
  movers: Movers = { clients: [], leaveBehind: [] },
  theirs?: Theirs,
  certificates: string[] = [],
): string {
  const files = Object.entries(set).map(
    ([file, content]) => `put ${quoted(file)} ${quoted(content)} || return`,
  );
  const validFrom = `readonly VALID_FROM=${latestStart([...Object.values(set), ...certificates])}`;
  const payload = [validFrom, "configuration_set() {", ...files, "}", ...moversPayload(movers)];
  const needed = theirs === undefined ? parts : [...parts, "adoption"];
  return hostScript({ parts: needed, constants: layout(theirs), payload, last: "transaction" });
}

/**
 * A question to a host, as text for {@link runScript}: who has not come in yet with a certificate of the newest root?
 * It changes nothing, and prints the names, sorted, as one line of JSON.
 *
 * @example ["bob","ci"]
 */
export function rotationProgressScript(movers: Movers, theirs?: Theirs): string {
  const needed = ["report", "configurationSet", "frontDoor", "movedOver"];
  const payload = moversPayload(movers);
  return hostScript({ constants: layout(theirs), parts: needed, payload, last: "report_not_moved_over" });
}

/** The installation of a host's permanent SSH key, as text for {@link runScript}. */
export function hostKeyScript(privateKeyOpenssh: string): string {
  const key = printing("host_key", privateKeyOpenssh);
  return hostScript({
    parts: ["report", "sshd", "hostKey"],
    constants: layout(),
    payload: [key],
    last: "install_host_key",
  });
}

export interface HostScript {
  /** Lines before everything else: {@link layout}. Default: none. */
  constants?: string[];
  /** Names of files in scripts/. */
  parts: string[];
  /** Paths of files of a machine's kind. Default: none. */
  files?: string[];
  /** Lines between them and the last one. */
  payload?: string[];
  /** The only line that does something. */
  last: string;
}

/** A script for {@link runScript}. */
export function hostScript({
  constants = [],
  parts: names,
  files = [],
  payload = [],
  last,
}: HostScript): string {
  const paths = [...names.map((name) => path.join(__dirname, "scripts", `${name}.sh`)), ...files];
  const texts = paths.map((file) => readFileSync(file, "utf8"));
  return ["set -euo pipefail", ...constants, ...texts, ...payload, last, ""].join("\n");
}

/** A function of the shell's that prints a text. */
export function printing(name: string, text: string): string {
  return `${name}() { printf %s ${quoted(text)}; }`;
}

/** As functions that print lines. */
function moversPayload({ clients, leaveBehind }: Movers): string[] {
  const print = (lines: string[]) => `printf %s ${quoted(lines.map((line) => `${line}\n`).join(""))}`;
  return [
    `movers() { ${print(clients.map(({ name, fingerprint }) => `${name} ${fingerprint}`))}; }`,
    `excused() { ${print([healthClient, ...leaveBehind])}; }`,
  ];
}

/** When the last of the certificates becomes valid, seconds since 1970. */
function latestStart(texts: string[]): number {
  const certificates = texts.flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  const starts = certificates.map((pem) => Date.parse(new X509Certificate(pem).validFrom) / 1000);
  return Math.max(0, ...starts);
}

/** As one word of the shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
