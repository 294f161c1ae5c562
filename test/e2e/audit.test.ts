import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DockerClient } from "../support/dockerClient";
import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { type Outcome, run, Running, succeeded } from "../support/run";

jest.setTimeout(300_000);

const command = [process.execPath, join(__dirname, "../../cli/audit.ts")];
const folder = mkdtempSync(join(tmpdir(), "audit-"));
afterAll(() => rmSync(folder, { recursive: true }));

let host: Provisioned;
let bob: DockerClient;
let stream: Running;

describe.each(hosts)("on $name", ({ start: startHost, isAdopted }) => {
  beforeAll(async () => {
    host = await startHost();
    await host.provision({ clients: ["alice", "bob", "health"] });
    await probe();
    host.pki.signed("mallory", "root", "clientAuth");
    await host.client("alice").importTools();
    await host.curl(...host.pki.shown("mallory").curl);
    await host.curl();
    bob = host.client("bob");
    stream = bob.start("events", "--since", "1");
    await stream.printsEventually("image import");
  });
  afterAll(() => host?.stop());

  test("shows who was connected, who is, who was refused and why, and Docker's events, without the stack's own checks", async () => {
    const { stdout, stderr } = succeeded(await audit([], { TZ: "Asia/Kolkata" }));
    const [table, summary] = stdout.split("\n\n");
    const time = String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+05:30  `;
    for (const line of [
      String.raw`connected   alice +10\.0\.2\.2 +[\d.]+m?s +[12]\.\d MB +\d+ B  closed$`,
      // The stack's own check may have been just before, or not.
      String.raw`refused     mallory +10\.0\.2\.2 +not on the allow-list(; perhaps npm run up.*)?$`,
      String.raw`refused +10\.0\.2\.2 +no certificate$`,
      String.raw`open        bob +10\.0\.2\.2 +[\d.]+m?s +\d+ B +[\d.]+ k?B$`,
      String.raw`event .* image import [0-9a-f]{12}$`,
    ])
      expect(table).toMatch(new RegExp(time + line, "m"));
    expect(table).not.toMatch(/local|127\.0\.0\.1|ssh, open/);
    expect(summary).toMatch(/^bob +1 +1 +0 /m);
    // The audit's own connection doesn't come by the front door of a host that was there before.
    const own = isAdopted ? 7 : 8;
    expect(stderr).toContain(`${own} lines of the stack's own checks are left out; --all shows them`);
    expect(stderr).toContain("Not logged, and so not shown: the API calls inside a connection");
  });

  test("follows: what comes is shown when it ends, for the client that was asked for, until Ctrl-C", async () => {
    const following = start(["--follow", "--client", "bob", "--json"]);
    await following.printsEventually('"open":true');
    await host.curl(...host.pki.shown("alice").curl);
    await bob.out("version");
    await following.printsEventually('"open":false');
    const { status, stdout, stderr } = await following.interrupt();
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining("error") });
    const lines = parsed(stdout);
    expect(new Set(lines.map(({ client }) => client))).toEqual(new Set(["bob"]));
    expect(lines[0]).toMatchObject({ open: true, address: "10.0.2.2", port: expect.any(Number) });
    expect(lines[0]).not.toHaveProperty("end");
    expect(lines.at(-1)).toMatchObject({ open: false, termination: "--", ended: "closed" });
    // Nothing is left on the machine.
    await host.asRoot('for left in $(pgrep -x journalctl); do tail --pid="$left" -f /dev/null; done');
  });

  test("a client that was removed is still found by its name, and its stream ended because it was revoked", async () => {
    const before = parsed(succeeded(await audit(["--client", "bob", "--json"])).stdout);
    await host.provision({ clients: ["alice"] });
    await stream.end();
    const lines = parsed(succeeded(await audit(["--client", "bob", "--json"])).stdout);
    const revoked = lines.filter(({ ended }) => ended === "ended because revoked");
    // What was known while it was open is what the log says at the end.
    const name = ({ start, address, port }: Record<string, unknown>) => [start, address, port];
    expect(revoked.map(name)).toEqual(before.filter(({ open }) => open).map(name));
    expect(revoked).not.toEqual([]);
    expect(lines.filter(({ open }) => open)).toEqual([]);
  });

  test("a reader that has seen enough, as head, ends it without a word", async () => {
    const script = '"$@" | head -n 1; exit "${PIPESTATUS[0]}"';
    const outcome = await run(["bash", "-c", script, "bash", ...command, "--json", "--all"], {
      env: environment(),
    });
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).not.toContain("EPIPE");
  });

  test("refuses a machine with another host key, and sends nothing", async () => {
    const { status, stderr } = await audit([], {}, { hostKey: host.guest.keys.operator.public });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: SSH to \w+@127\.[\d.]+:\d+: the host key is ssh-ed25519 SHA256:\S+, but/);
    expect(stderr).toContain("nothing was sent to it");
  });
});

/** The stack's own check from outside, of the machine as it is. */
async function probe(): Promise<void> {
  const { pki, guest } = host;
  const target = {
    host: "127.0.0.1",
    port: guest.port,
    root: pki.root.certificate,
    client: {
      certificate: readFileSync(pki.file("health.pem"), "utf8"),
      key: readFileSync(pki.file("health.key"), "utf8"),
    },
    unlisted: pki.signed("unlisted", "root", "clientAuth"),
    selfSigned: pki.selfSigned("self-signed"),
    allowed: [],
    bundles: "none",
    tooOld: "1.1",
    patienceSeconds: 60,
  };
  const script = join(__dirname, "../../components/health/probe.js");
  succeeded(await run([process.execPath, script], { input: JSON.stringify(target) }));
}

function audit(args: string[], env: NodeJS.ProcessEnv = {}, operator: object = {}): Promise<Outcome> {
  return run([...command, ...args], { env: { ...environment(operator), ...env } });
}

function start(args: string[]): Running {
  const [file, ...first] = command;
  return new Running(spawn(file, [...first, ...args], { env: environment() }));
}

/** With an engine that does nothing but tell the stack's outputs. */
function environment(changes: object = {}): NodeJS.ProcessEnv {
  const { port } = host.guest;
  const operator = { ...host.guest.operator, ...changes };
  const outputs = JSON.stringify({ DOCKER_HOST: `tcp://127.0.0.1:${port}`, operator });
  const engine = join(folder, "engine");
  writeFileSync(engine, `#!/bin/sh\ncat <<'end'\n${outputs}\nend\n`, { mode: 0o700 });
  chmodSync(engine, 0o700);
  return { PATH: process.env.PATH, HOME: folder, REMOTE_DOCKER_PULUMI: JSON.stringify([engine]) };
}

function parsed(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
