import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../cli/status/report.ts";
import type { DockerClient } from "../support/dockerClient";
import { tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { hosts } from "../support/hosts";
import { OperatorCommands } from "../support/operatorCommands";
import type { Provisioned } from "../support/provisioned";
import { type Running, succeeded } from "../support/run";

jest.setTimeout(300_000);

describe.each(hosts)("on $name", ({ start: startHost, isAdopted }) => {
  let host: Provisioned;
  let operator: OperatorCommands;
  let alice: DockerClient;
  let stream: Running;

  beforeAll(async () => {
    host = await startHost();
    host.pki.signed("soon", "root", "clientAuth", { issued: "-25d" });
    await host.provision({ clients: ["alice", "soon"] });
    alice = host.client("alice");
    await alice.importTools();
    await alice.out("run", "-d", "--name", "web", tools, "sleep", "1000");
    await alice.out("create", "--name", "later", tools, "true");
    stream = alice.start("events", "--since", "1");
    await stream.printsEventually("image import");
    const pem = (name: string) => ({ "cert.pem": host.pki.pair(name).certificate });
    operator = new OperatorCommands(host.guest, {
      power: { kind: "local" },
      clients: { alice: {}, soon: {} },
      bundles: { alice: pem("alice"), soon: pem("soon") },
      rootExpires: "2036-01-01T00:00:00Z",
    });
  });
  afterAll(async () => {
    operator?.remove();
    await host?.stop();
  });

  describe("status", () => {
    test("tells machine, engine, space, containers, who is connected, and which certificate is renewed next", async () => {
      const { stdout } = succeeded(await operator.run("status", ["--json"]));
      const report = JSON.parse(stdout) as Report;
      expect(report).toMatchObject({
        stack: "dev",
        machine: { kind: "local", address: `127.0.0.1:${host.guest.port}`, uptime: expect.any(Number) },
        engine: { version: await host.asRoot("docker version --format '{{.Server.Version}}'") },
        processors: Number(await host.asRoot("nproc")),
        images: { count: 1, size: expect.any(Number) },
        containers: { running: 1, all: 2 },
        connected: { alice: 1 },
        nextRenewal: { whose: "soon" },
      });
      expect(report.images!.size).toBeGreaterThan(100_000);
      expect(report.disk!.available).toBeLessThan(report.disk!.size);
      expect(report.disk!.folder).toBe(await host.asRoot("docker info --format '{{.DockerRootDir}}'"));
      expect(report.memory.available).toBeLessThan(report.memory.total);
      const days = Object.fromEntries(report.certificates.map(({ whose, daysLeft }) => [whose, daysLeft]));
      expect(days).toMatchObject({ soon: 4, server: expect.any(Number), root: expect.any(Number) });
      expect(days.alice).toBeGreaterThan(days.soon);
    });

    test("is one screen for people, and no secret is in it", async () => {
      const { stdout } = succeeded(await operator.run("status", []));
      expect(stdout).toMatch(/^machine {7}local, 127\.0\.0\.1:\d+, up .+$/m);
      expect(stdout).toMatch(/^containers {4}1 running, 2 in all$/m);
      expect(stdout).toMatch(/^connected {5}alice \(1\)$/m);
      expect(stdout).toMatch(/^next renewal {2}due since .*: the certificate of soon, by npm run up$/m);
      expect(stdout.split("\n").length).toBeLessThan(24);
      expect(stdout).not.toContain("PRIVATE");
    });

    test("watches: a line for each look where there is no terminal, until Ctrl-C", async () => {
      const watching = operator.start("status", ["--watch", "1"]);
      await watching.prints(/containers 1\/2 {2}connected alice\n/);
      await alice.out("start", "-a", "later");
      await alice.out("rm", "later");
      await watching.prints(/containers 1\/1 {2}connected alice\n/);
      expect(await watching.interrupt()).toMatchObject({ status: 0, stderr: "" });
    });

    test("says so, with exit code 1, when dockerd doesn't answer", async () => {
      await host.asRoot("systemctl stop docker.socket docker.service");
      try {
        const { status, stdout } = await operator.run("status", []);
        expect(stdout).toMatch(/^engine {8}dockerd doesn't answer; look at it with: npm run logs$/m);
        expect(status).toBe(1);
      } finally {
        await host.asRoot("systemctl start docker.socket docker.service");
      }
    });
  });

  describe("logs", () => {
    test("are dockerd's by default, the newest lines alone where a number is given", async () => {
      const { stdout } = succeeded(await operator.run("logs", ["--lines", "2"]));
      expect(stdout.trimEnd().split("\n")).toHaveLength(2);
      const { stdout: all } = succeeded(await operator.run("logs", ["--since", "1d"]));
      expect(all).toMatch(/dockerd\[\d+\]: .*API listen on/);
    });

    test("of the front door follow, until Ctrl-C", async () => {
      const following = operator.start("logs", ["front-door", "--follow", "--lines", "1"]);
      await following.prints(/\n/);
      await host.curl(...host.pki.shown("soon").curl);
      await following.printsEventually('"client":"soon"');
      expect(await following.interrupt()).toMatchObject({ status: 0, stderr: "" });
      await host.asRoot('for left in $(pgrep -x journalctl); do tail --pid="$left" -f /dev/null; done');
    });

    if (isAdopted) {
      test("of a first boot aren't there: the host was before the stack", async () => {
        const { status, stderr } = await operator.run("logs", ["first-boot"]);
        expect({ status, stderr }).toEqual({
          status: 1,
          stderr: "error: there is no log of a first boot: this host was there before the stack\n",
        });
      });
    } else {
      test("of the first boot are cloud-init's", async () => {
        const { stdout } = succeeded(await operator.run("logs", ["first-boot"]));
        expect(stdout).toContain("Cloud-init v. ");
        expect(stdout).not.toContain("PRIVATE KEY");
      });
    }
  });

  describe("ssh", () => {
    test("runs a command, with its input, its output and its exit code, and leaves no key behind", async () => {
      const { status, stdout } = await operator.run("ssh", ["cat; id -un; exit 7"], { input: "hello\n" });
      expect({ status, stdout }).toEqual({ status: 7, stdout: `hello\n${host.guest.operator.user}\n` });
    });

    test("takes options behind the command for the command's own", async () => {
      const { stdout } = succeeded(await operator.run("ssh", ["uname", "-s"]));
      expect(stdout).toBe("Linux\n");
    });

    test("gives a terminal to who is at one", async () => {
      const shell = operator.atTerminal("ssh", ["tty; test -t 0 && echo sized $(stty size)"]);
      await shell.prints(/\/dev\/pts\/\d+/);
      expect(await shell.end()).toMatchObject({ status: 0, stdout: expect.stringContaining("sized ") });
    });

    test("talks to no other machine", async () => {
      const other = { ...host.guest.operator, hostKey: host.guest.keys.operator.public };
      const strange = new OperatorCommands(host.guest, { operator: other });
      const { status, stderr } = await strange.run("ssh", ["true"]);
      strange.remove();
      expect(status).toBe(255);
      expect(stderr).toMatch(/Host key verification failed|no matching host key type/);
    });
  });

  test("scp copies files and folders there and back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "scp-"));
    mkdirSync(join(folder, "a folder"));
    writeFileSync(join(folder, "a folder", "note"), "a note\n");
    const env = { INIT_CWD: folder };
    succeeded(await operator.run("scp", ["-r", "a folder", "machine:/tmp/copied"], { env }));
    succeeded(await operator.run("scp", ["machine:/tmp/copied/note", "back"], { env }));
    expect(readFileSync(join(folder, "back"), "utf8")).toBe("a note\n");
    const missing = await operator.run("scp", ["machine:/tmp/nothing", "."], { env });
    expect(missing.status).not.toBe(0);
    expect(missing.stderr).toContain("No such file");
  });

  test.each([["status"], ["logs"]])(
    "a machine that doesn't answer gets one sentence from %s",
    async (name) => {
      const away = { ...host.guest.operator, port: await freePort() };
      const absent = new OperatorCommands(host.guest, { operator: away });
      const { status, stdout, stderr } = await absent.run(name, []);
      absent.remove();
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^error: the machine can't be reached by SSH at .*ECONNREFUSED.*\n$/);
    },
  );
});
