import { execFileSync, spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { scripts } from "../../../package.json";
import { freePort } from "../../support/freePort";
import { codeBlocks } from "../../support/markdown";
import { Pki } from "../../support/pki";
import { type Outcome, run, Running, succeeded } from "../../support/run";

jest.setTimeout(30_000);

const project = join(__dirname, "../../..");
const examples = join(project, "examples/renewal");
const units = readdirSync(examples).filter((name) => /\.(service|timer)$/.test(name));
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "renewal-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("a renewal", () => {
  test("asks whether the stack is there, then brings it up", async () => {
    const { outcome, calls } = await renew({});
    succeeded(outcome);
    expect(calls).toEqual([
      "run --silent pulumi -- stack output DOCKER_HOST --stack prod",
      "run up -- --stack prod",
    ]);
  });

  test("of a stack that isn't in the backend makes nothing, and fails", async () => {
    const { outcome, calls } = await renew({ STAND_IN_FAILS_AT: "pulumi" });
    expect(calls).not.toContain("run up -- --stack prod");
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(
      "the stack prod isn't up in the backend of this checkout; nothing was done",
    );
  });

  test("that fails says so by its exit code", async () => {
    const { outcome } = await renew({ STAND_IN_FAILS_AT: "up" });
    expect(outcome.status).toBe(3);
  });

  test("wants to know which stack", async () => {
    const { status, stderr } = await run([join(examples, "renew.sh")]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("Write: renew.sh STACK"),
    });
  });
});

describe("the units of systemd", () => {
  test("are good ones to systemd itself, for a user with the checkout in ~/remote-docker", async () => {
    symlinkSync(project, join(folder, "remote-docker"));
    const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder };
    const files = units.map((name) => join(examples, name));
    const { stdout, stderr } = succeeded(
      await run(["systemd-analyze", "--user", "verify", ...files], { env }),
    );
    expect(stdout + stderr).toBe("");
  });

  test("name one another: the timer's service, and who speaks up when it failed", () => {
    expect(units).toContain("remote-docker-renewal.timer");
    const service = readFileSync(join(examples, "remote-docker-renewal.service"), "utf8");
    const [, speaker] = /^OnFailure=(.*)$/m.exec(service)!;
    expect(units).toContain(speaker);
  });
});

describe("GitHub's workflow", () => {
  const { on, jobs } = parse(readFileSync(join(examples, "github.yml"), "utf8"));
  const steps = jobs.renew.steps as { name?: string; if?: string; run?: string; env?: object }[];

  test("runs every day, and speaks up when it failed", () => {
    expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }]);
    expect(steps.at(-1)).toMatchObject({ if: "failure()", run: expect.stringContaining("gh issue create") });
  });

  test("gives the passphrase in a file of the runner's own, and leaves neither that nor a key behind", async () => {
    const index = steps.findIndex(({ name }) => name === "Put the passphrase into a file");
    const [put, renewal, remove] = steps.slice(index);
    const file = join(folder, "passphrase");
    const env = { PATH: process.env.PATH, RUNNER_TEMP: folder, GITHUB_ENV: join(folder, "env") };
    const step = (lines: string) => ["bash", "--norc", "-e", "-c", lines];
    succeeded(await run(step(put.run!), { env: { ...env, PASSPHRASE: "it's $a `secret`" } }));
    expect(readFileSync(file, "utf8")).toBe("it's $a `secret`");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(env.GITHUB_ENV, "utf8")).toBe(`PULUMI_CONFIG_PASSPHRASE_FILE=${file}\n`);
    expectExample(renewal.run!);
    // What `up` writes for its user is private keys.
    const home = join(folder, "home");
    expect(renewal.env).toEqual({
      HOME: "${{ runner.temp }}/home",
      XDG_STATE_HOME: "${{ runner.temp }}/home/state",
    });
    mkdirSync(join(home, ".docker/remote"), { recursive: true });
    expect(remove.if).toBe("always()");
    succeeded(await run(step(remove.run!), { env }));
    expect([existsSync(file), existsSync(home)]).toEqual([false, false]);
  });
});

test("GitLab's job runs in a schedule only", () => {
  const jobs = parse(readFileSync(join(examples, "gitlab.yml"), "utf8"));
  const [job] = Object.values<{ rules: object[]; script: string[] }>(jobs);
  expect(job.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "schedule"' }]);
  expect(job.script).toHaveLength(1);
  expectExample(job.script[0]);
});

test("every command of npm's in the examples and in the page about them is one of the project's", () => {
  const files = [
    ...readdirSync(examples).map((name) => join(examples, name)),
    join(project, "docs/renewal.md"),
  ];
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const commands = [...text.matchAll(/npm run (?:-s |--silent )?([\w:]+)/g)].map(([, name]) => name);
  expect(commands).toEqual(expect.arrayContaining(["up", "pulumi", "bundle"]));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(commands));
});

test("the monitoring's line tells how long the server's certificate lasts to whoever has no certificate", async () => {
  const [{ text }] = codeBlocks(
    readFileSync(join(project, "docs/renewal.md"), "utf8"),
    "When the timer itself has stopped",
  );
  const pki = new Pki();
  const port = await freePort();
  const files = [
    "-cert",
    pki.file("server.pem"),
    "-key",
    pki.file("server.key"),
    "-CAfile",
    pki.file("root.pem"),
  ];
  const strict = ["-tls1_3", "-Verify", "1", "-verify_return_error"];
  const child = spawn("openssl", ["s_server", "-accept", `127.0.0.1:${port}`, ...files, ...strict]);
  const server = new Running(child);
  const ask = async (seconds: number, at = port) => {
    const line = text.replace("$HOST:2376", `127.0.0.1:${at}`).replace("1209600", String(seconds));
    return (await run(["sh", "-c", line])).status;
  };
  const day = 24 * 3600; // the server's certificate has 30 days
  try {
    await server.printsEventually("ACCEPT");
    expect([await ask(29 * day), await ask(31 * day), await ask(1, await freePort())]).toEqual([0, 1, 1]);
  } finally {
    child.kill();
    await server.end();
    pki.remove();
  }
});

/** Runs the example with a stand-in for npm, which only notes how it was called. */
async function renew(fault: { STAND_IN_FAILS_AT?: string }): Promise<{ outcome: Outcome; calls: string[] }> {
  const bin = join(folder, "bin");
  const calls = join(folder, "calls");
  mkdirSync(bin);
  const standIn = `#!/bin/sh
echo "$@" >> "$STAND_IN_CALLS"
case " $* " in *" \${STAND_IN_FAILS_AT:-nothing} "*) exit 3 ;; esac
`;
  writeFileSync(join(bin, "npm"), standIn, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env.PATH}`, STAND_IN_CALLS: calls, ...fault };
  const outcome = await run([join(examples, "renew.sh"), "prod"], { env, cwd: folder });
  return { outcome, calls: readFileSync(calls, "utf8").trimEnd().split("\n") };
}

/** A line that runs one of the examples for the stack prod, from the project's folder. */
function expectExample(line: string): void {
  const [script, ...args] = line.split(" ");
  accessSync(join(project, script), constants.X_OK);
  execFileSync("bash", ["-n", join(project, script)]);
  expect(args).toEqual(["prod"]);
}
