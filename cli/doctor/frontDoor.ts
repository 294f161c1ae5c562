import type { Door } from "../shared/daemon.ts";
import { explain } from "../shared/refusal.ts";
import { type Asked, ask, askInPlainText, reach } from "./asked.ts";
import { daysLeft } from "./bundle.ts";
import { about, type Finding } from "./finding.ts";
import { strangersPair } from "./stranger.ts";

/** Whether the port takes connections, and how fast. */
export async function reachFindings(host: string, port: number): Promise<Finding[]> {
  const { ok, warning, fault } = about("port");
  const reached = await reach(host, port);
  if (typeof reached !== "number")
    return [
      fault(
        explain(reached, { host, port }),
        "npm run up starts a local machine again; else ask the operator",
      ),
    ];
  const text = `${host}:${port} takes connections, after ${Math.round(reached)} ms`;
  if (reached < 300) return [ok(text)];
  return [warning(text, "choose a machine that is nearer", "each docker command needs several turns")];
}

/** Whether this client is let in by a server that is the right one. */
export async function admissionFindings(door: Door): Promise<{ findings: Finding[]; asked: Asked }> {
  const { host, port, ca, cert, key } = door;
  const asked = await ask({ host, port, ca, cert, key, path: "/version" });
  const { server, untrusted, protocol, cipher, error, status } = asked;
  const tls = about("TLS");
  const findings: Finding[] = [];
  if (server !== undefined && untrusted !== undefined) findings.push(distrust(untrusted, door));
  else if (server !== undefined)
    findings.push(tls.ok(`${protocol} with ${cipher}`), ...serverDates(server, host));
  const client = about("admission");
  if (error !== undefined) {
    const told = explain(error, door);
    findings.push(
      client.fault(told, "npm run bundle -- NAME fetches a new bundle; npm run audit -- --refused says why"),
    );
  } else if (status !== 200) {
    findings.push(
      client.fault(
        `${host}:${port} answered with status ${status}: is it a Docker daemon?`,
        "look at DOCKER_HOST",
      ),
    );
  } else if (untrusted === undefined) {
    findings.push(client.ok("the daemon answers this client"));
  }
  return { findings, asked };
}

function distrust(untrusted: string, { host }: Door): Finding {
  const { fault } = about("TLS");
  if (untrusted.includes("ALTNAME"))
    return fault(
      `the server's certificate isn't for ${host} (${untrusted})`,
      `dial one of its names, or let the operator add ${host} as address or serverNames`,
      "docker says: x509: certificate is valid for …",
    );
  return fault(
    `the bundle's ca.pem doesn't vouch for the server (${untrusted})`,
    "npm run bundle -- NAME, or ask the operator; if the address was right until now, somebody may be in between: send nothing",
    "docker says: x509: certificate signed by unknown authority",
  );
}

function serverDates(server: NonNullable<Asked["server"]>, host: string): Finding[] {
  const { ok, warning } = about("server's certificate");
  const days = daysLeft(server);
  const text = `for ${host}, valid for ${days} more days`;
  return [days < 14 ? warning(text, "npm run up renews it", "nobody gets in afterwards") : ok(text)];
}

/** What nobody may get: each is tried as an attacker would. */
export async function refusalFindings({ host, port, ca, cert, key }: Door): Promise<Finding[]> {
  const { ok, fault } = about("refusals");
  const base = { host, port, ca, path: "/version" };
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const attempts: [string, boolean][] = [
    ["a request without a certificate", (await ask(base)).status !== undefined],
    ["a stranger's certificate", (await ask({ ...base, ...(await strangersPair()) })).status !== undefined],
    ["TLS 1.1", (await ask({ ...base, cert, key, ...old })).status !== undefined],
    ["plain HTTP", (await askInPlainText(host, port)) !== ""],
  ];
  const answered = attempts.filter(([, yes]) => yes).map(([what]) => what);
  if (answered.length === 0) return [ok(`${attempts.map(([what]) => what).join(", ")} get no answer`)];
  return [
    fault(
      `${host}:${port} answers ${answered.join(", ")}`,
      "close the port until the operator has looked at it",
      "whoever reaches it may be root there",
    ),
  ];
}

/** Ports that a daemon's machine has no reason to have open, Docker's plain one first. */
const others = [2375, 2377, 2378, 22, 80, 443, 3389, 5000, 5432, 6379, 8080, 9000, 9323];

/** What else of the machine is open to this computer; of loopback that says nothing. */
export async function otherPortFindings(host: string): Promise<Finding[]> {
  if (/^(127\.|localhost$|::1$)/.test(host)) return [];
  const { ok, warning, fault } = about("other ports");
  const reached = await Promise.all(others.map((port) => reach(host, port, 3000)));
  const open = others.filter((_, index) => typeof reached[index] === "number");
  if (open.includes(2375) || open.includes(2378))
    return [
      fault(
        `${open.join(", ")} are open, Docker's own among them`,
        "close them, or have the operator do it",
        "2375 is root without a password",
      ),
    ];
  if (open.length === 0) return [ok(`none of ${others.length} usual ones is open`)];
  return [
    warning(
      `${open.join(", ")} are open, too`,
      "if they aren't meant to be, close them on the host or its network",
    ),
  ];
}
