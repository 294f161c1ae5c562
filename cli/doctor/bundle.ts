import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Door } from "../shared/daemon.ts";
import { about, type Finding } from "./finding.ts";

const fetchAnew = "npm run bundle -- NAME, or ask the operator for a new bundle";

/** The bundle's folder: whether its files are there, belong together, and are nobody else's to read. */
export function bundleFindings(folder: string): {
  findings: Finding[];
  files?: Pick<Door, "ca" | "cert" | "key">;
} {
  const { ok, fault } = about("client bundle");
  const names = ["ca.pem", "cert.pem", "key.pem"];
  const read = names.map((name) => readIfThere(join(folder, name)));
  const missing = names.filter((_, index) => read[index] === undefined);
  if (missing.length > 0) {
    const alone = missing.join() === "key.pem" ? "; a key that you made yourself you put there yourself" : "";
    return {
      findings: [fault(`${folder} has no ${missing.join(", ")} that can be read`, fetchAnew + alone)],
    };
  }
  const [ca, cert, key] = read as Buffer[];
  const wrong = contradiction(ca, cert, key);
  if (wrong !== undefined) return { findings: [fault(`${folder}: ${wrong}`, fetchAnew)] };
  const findings = [...modeFindings(folder), ...dateFindings(new X509Certificate(cert))];
  return { findings: [ok(folder), ...findings], files: { ca, cert, key } };
}

function contradiction(ca: Buffer, cert: Buffer, key: Buffer): string | undefined {
  try {
    const own = new X509Certificate(cert);
    if (!own.checkPrivateKey(createPrivateKey(key))) return "key.pem isn't the key of cert.pem";
    const roots = ca.toString().match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const signed = roots.some((root) => own.verify(new X509Certificate(root).publicKey));
    return signed ? undefined : "ca.pem hasn't signed cert.pem: they are of different daemons";
  } catch (error) {
    return `a file isn't PEM as it should be: ${(error as Error).message}`;
  }
}

function modeFindings(folder: string): Finding[] {
  const file = join(folder, "key.pem");
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [
    about("client bundle").fault(
      `others on this computer can read key.pem (mode ${mode.toString(8)})`,
      `chmod 400 ${file}; if one of them may have, let the operator give this client another key (clients[].generation)`,
      "who has it is root on the daemon's machine",
    ),
  ];
}

/** Days until a certificate ends, negative afterwards. */
export function daysLeft(certificate: X509Certificate, now = Date.now()): number {
  return Math.floor((Date.parse(certificate.validTo) - now) / 86_400_000);
}

function dateFindings(certificate: X509Certificate): Finding[] {
  const { ok, warning, fault } = about("client's certificate");
  const days = daysLeft(certificate);
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
  if (Date.parse(certificate.validFrom) > Date.now())
    return [
      fault(`that of ${name} isn't valid before ${certificate.validFrom}`, "set this computer's clock right"),
    ];
  if (days < 0)
    return [
      fault(
        `that of ${name} has expired ${-days} days ago`,
        fetchAnew,
        "docker says: tls: expired certificate",
      ),
    ];
  const text = `that of ${name} is valid for ${days} more days`;
  return [days < 14 ? warning(text, fetchAnew) : ok(text)];
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
