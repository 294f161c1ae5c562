import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  hostKeyScript,
  rotationProgressScript,
  runScript,
  transactionScript,
} from "../../../components/host/scripts";

const certificate = readFileSync(join(__dirname, "../authority/certificate.pem"), "utf8");

test("every text arrives on the host as it is", () => {
  const text = fc.string({ unit: "binary" }).filter((candidate) => !/[\0\ud800-\udfff]/.test(candidate));
  fc.assert(
    fc.property(text, (content) => {
      const script = withoutItsEnd(transactionScript({ "frontDoor/file": content }));
      const arrived = bash(`${script}\nput() { printf '%s\\0%s' "$@"; }\nconfiguration_set`);
      expect(arrived).toBe(`frontDoor/file\0${content}`);
    }),
    { numRuns: 30 },
  );
});

test("the permanent host key arrives as it is", () => {
  expect(bash(`${withoutItsEnd(hostKeyScript("-----BEGIN\n'key'\n"))}\nhost_key`)).toBe(
    "-----BEGIN\n'key'\n",
  );
});

test("the host learns whose certificates are new, and whom nobody waits for", () => {
  const clients = ["a", "b"].map((name) => ({ name, fingerprint: name.repeat(64) }));
  const movers = { clients, leaveBehind: ["carol"] };
  for (const script of [
    transactionScript({ "frontDoor/file": "text" }, movers),
    rotationProgressScript(movers),
  ]) {
    expect(bash(`${withoutItsEnd(script)}\nmovers; excused`)).toBe(
      `a ${"a".repeat(64)}\nb ${"b".repeat(64)}\nhealth\ncarol\n`,
    );
  }
});

test("a script does nothing but by its last line", () => {
  const scripts = [
    transactionScript({ "frontDoor/file": "text" }),
    hostKeyScript("key"),
    rotationProgressScript({ clients: [], leaveBehind: [] }),
  ];
  for (const script of scripts) {
    const { status, stdout, stderr } = spawnSync("bash", ["-x"], {
      input: withoutItsEnd(script),
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    for (const line of stderr.trim().split("\n"))
      expect(line).toMatch(/^\+ (set -euo pipefail|readonly .*|[A-Z_]+='[^']*'|[A-Z_]+=\S*)$/);
  }
});

test("what runs a script on the host names nothing of it", () => {
  expect(runScript("provision")).toBe("sudo -n bash -c 'source <(cat)'");
  expect(runScript("root")).toBe("bash -c 'source <(cat)'");
});

test("the host is told from when on the certificates are valid", () => {
  const { validFrom } = new X509Certificate(certificate);
  const seconds = Date.parse(validFrom) / 1000;
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  expect(transactionScript({ "frontDoor/server.pem": certificate + key })).toContain(
    `readonly VALID_FROM=${seconds}\n`,
  );
  expect(transactionScript({}, undefined, undefined, [certificate])).toContain(
    `readonly VALID_FROM=${seconds}\n`,
  );
});

function withoutItsEnd(script: string): string {
  return script.slice(0, script.trimEnd().lastIndexOf("\n"));
}

function bash(input: string): string {
  return execFileSync("bash", { input, encoding: "utf8" });
}
