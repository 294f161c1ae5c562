import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { ConfigurationSet } from "./configurationSet";

/**
 * What runs a script that comes on standard input. It is read in blocks, where `bash -s` would read byte by byte, and
 * as a whole before its last line, the only one that does something: a script that arrives in part does nothing.
 */
export const runScript = "sudo -n bash -c 'source <(cat)'";

const parts = ["report", "configurationSet", "frontDoor", "daemon", "health", "sshd", "transaction"];

/** The transaction that brings a host to a configuration set, as text for {@link runScript}. */
export function transactionScript(set: ConfigurationSet): string {
  const files = Object.entries(set).map(([file, content]) => `put ${quoted(file)} ${quoted(content)}`);
  const validFrom = `readonly VALID_FROM=${latestStart(Object.values(set))}`;
  return script(parts, [validFrom, "configuration_set() {", ...files, "}"], "transaction");
}

/** The installation of a host's permanent SSH key, as text for {@link runScript}. */
export function hostKeyScript(privateKeyOpenssh: string): string {
  const key = `host_key() { printf %s ${quoted(privateKeyOpenssh)}; }`;
  return script(["report", "sshd", "hostKey"], [key], "install_host_key");
}

function script(names: string[], payload: string[], last: string): string {
  return ["set -euo pipefail", ...names.map(read), ...payload, last, ""].join("\n");
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
