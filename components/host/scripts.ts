import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { healthClient } from "../authority/clientArgs";
import type { AllowedClient } from "../frontDoor/allowList";
import type { Preparation } from "../machine/machine";
import type { ConfigurationSet } from "./configurationSet";

/**
 * What runs a script that comes on standard input. It is read in blocks, where `bash -s` would read byte by byte, and
 * as a whole before its last line, the only one that does something: a script that arrives in part does nothing.
 */
export const runScript = "sudo -n bash -c 'source <(cat)'";

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
    "movedOver",
    "rootRotation",
  ],
  ...["daemon", "clock", "health", "sshd", "transaction"],
];

/**
 * The transaction that brings a host to a configuration set, as text for {@link runScript}. It refuses a set that drops
 * a trusted root too early: one that leaves no root that clients trust by now, or one on which a client that stays still
 * relies, as none of its certificates in `movers` has been used yet.
 */
export function transactionScript(
  set: ConfigurationSet,
  movers: Movers = { clients: [], leaveBehind: [] },
): string {
  const files = Object.entries(set).map(
    ([file, content]) => `put ${quoted(file)} ${quoted(content)} || return`,
  );
  const validFrom = `readonly VALID_FROM=${latestStart(Object.values(set))}`;
  const payload = [validFrom, "configuration_set() {", ...files, "}", ...moversPayload(movers)];
  return script(parts, payload, "transaction");
}

/**
 * A question to a host, as text for {@link runScript}: who has not come in yet with a certificate of the newest root?
 * It changes nothing, and prints the names, sorted, as one line of JSON.
 *
 * @example ["bob","ci"]
 */
export function rotationProgressScript(movers: Movers): string {
  const needed = ["report", "configurationSet", "frontDoor", "movedOver"];
  return script(needed, moversPayload(movers), "report_not_moved_over");
}

/** The installation of a host's permanent SSH key, as text for {@link runScript}. */
export function hostKeyScript(privateKeyOpenssh: string): string {
  const key = `host_key() { printf %s ${quoted(privateKeyOpenssh)}; }`;
  return script(["report", "sshd", "hostKey"], [key], "install_host_key");
}

/** The wait for a machine that installs its packages while it boots, as text for {@link runScript}. */
export function preparationScript({ dataVolumeSize }: Preparation): string {
  return script(["report", "preparation"], [], `prepare ${dataVolumeSize}`);
}

function script(names: string[], payload: string[], last: string): string {
  return ["set -euo pipefail", ...names.map(read), ...payload, last, ""].join("\n");
}

/** As functions that print lines. */
function moversPayload({ clients, leaveBehind }: Movers): string[] {
  const print = (lines: string[]) => `printf %s ${quoted(lines.map((line) => `${line}\n`).join(""))}`;
  return [
    `movers() { ${print(clients.map(({ name, fingerprint }) => `${name} ${fingerprint}`))}; }`,
    `excused() { ${print([healthClient, ...leaveBehind])}; }`,
  ];
}

function read(name: string): string {
  return readFileSync(path.join(__dirname, "scripts", `${name}.sh`), "utf8");
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
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
