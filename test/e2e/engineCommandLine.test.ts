import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";

jest.setTimeout(60_000);

const root = path.resolve(__dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "engine-"));
const program = path.join(folder, "program");
const stateFile = path.join(folder, "state/.pulumi/stacks/trial/dev.json");
const secret = "correct horse battery staple";

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The engine as a user runs it, on a real program. */
function engine(args: string[], environment: Record<string, string> = {}): Ended {
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "passphrase",
    PULUMI_HOME: path.join(folder, "home"),
    PULUMI_STACK: "dev",
    ...environment,
  };
  const main = path.join(root, "engine/main.ts");
  return spawnSync(process.execPath, [main, ...args], { cwd: program, env, encoding: "utf8" });
}

function write(...lines: string[]): void {
  writeFileSync(path.join(program, "index.ts"), `${lines.join("\n")}\nexport {};\n`);
}

const key = [
  'import * as pulumi from "@pulumi/pulumi";',
  'import { PrivateKey } from "@pulumi/tls/privateKey";',
  'const key = new PrivateKey("key", { algorithm: "ED25519" });',
];

beforeAll(() => {
  mkdirSync(program);
  writeFileSync(path.join(program, "Pulumi.yaml"), "name: trial\nruntime:\n  name: nodejs\n");
  writeFileSync(path.join(program, "package.json"), '{ "main": "index.ts" }');
  writeFileSync(
    path.join(program, "tsconfig.json"),
    '{ "compilerOptions": { "noCheck": true, "module": "commonjs", "moduleResolution": "node10" } }',
  );
  symlinkSync(path.join(root, "node_modules"), path.join(program, "node_modules"));
  mkdirSync(path.join(folder, "state"));
  expect(engine(["stack", "init", "dev"])).toMatchObject({ status: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stays = [
  ...key,
  "export const pem = key.privateKeyPem; export const kind = key.algorithm;",
  `console.log("says", 1);`,
];

test("what the engine can't do is refused before anything is made, saying what can", () => {
  write(...key, 'new (pulumi.CustomResource as any)("aws:s3/bucket:Bucket", "b", {}, { dependsOn: key });');
  const refused = engine(["up", "--yes", "--skip-preview"]);
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toMatch(/the provider "aws".*official Pulumi CLI.*install/);
  expect(JSON.parse(readFileSync(stateFile, "utf8")).checkpoint.latest?.resources ?? []).toEqual([]);
});

test.each([
  ["aliases", 'aliases: [{ name: "former" }]'],
  ["deletedWith", "deletedWith: key"],
])("the option %s is refused by name before anything is made", (option, written) => {
  write(...key, `new PrivateKey("other", { algorithm: "ED25519" }, { dependsOn: key, ${written} });`);
  const refused = engine(["up", "--yes", "--skip-preview"]);
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain(`the option ${option} of tls:index/privateKey:PrivateKey 'other'`);
  expect(JSON.parse(readFileSync(stateFile, "utf8")).checkpoint.latest?.resources ?? []).toEqual([]);
});

test.each([
  ["ignoreChanges", 'ignoreChanges: ["list[*].name"]', "list[*].name in"],
  ["replaceOnChanges", 'replaceOnChanges: ["subject.name"]', "subject.name in"],
])("of the option %s only names are taken, anything else is refused", (option, written, said) => {
  write(...key, `new PrivateKey("other", { algorithm: "ED25519" }, { dependsOn: key, ${written} });`);
  const refused = engine(["up", "--yes", "--skip-preview"]);
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain(`${said} the option ${option} of tls:index/privateKey:PrivateKey 'other'`);
  expect(JSON.parse(readFileSync(stateFile, "utf8")).checkpoint.latest?.resources ?? []).toEqual([]);
});

test.each([
  [["whoami"], "unknown command 'whoami'"],
  [["up", "--diff"], "unknown option '--diff'"],
  [["up", "--parallel", "2"], "unknown option '--parallel'"],
  [["stack", "rm", "--force"], "unknown option '--force'"],
  [["stack", "ls", "--json"], "unknown option '--json'"],
])("%j, which only the official CLI has, is refused saying so", (args, said) => {
  const refused = engine(args);
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain(said);
  expect(refused.stderr).toContain("use the official Pulumi CLI");
});

test.each([
  ["prints why and exits", 'console.error("the reason"); process.exit(3);', "the reason"],
  [
    "leaks a promise",
    'import { PrivateKey } from "@pulumi/tls/privateKey"; new PrivateKey("key", { algorithm: new Promise<string>(() => {}) });',
    "that the program exited before the following resource",
  ],
])("what a program that %s says on an empty stack is shown without a preview too", (_what, code, said) => {
  write(...key.slice(0, 1), code);
  const failed = engine(["up", "--yes", "--skip-preview"]);
  expect(failed).toMatchObject({ status: 1 });
  expect(failed.stderr).toContain(said);
});

test("up makes the resources, and a second up changes and writes nothing", () => {
  write(...stays);
  expect(engine(["config", "set", "--secret", "phrase", secret])).toMatchObject({ status: 0 });
  const made = engine(["up", "--yes"]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  expect(made.stdout).toContain("with the offline engine");
  expect(made.stdout).toContain(" +  tls:index:PrivateKey key created");
  expect(made.stdout).toContain("says 1");
  expect(made.stdout).toMatch(/pem *: \[secret\]/);
  expect(statSync(stateFile).mode & 0o777).toBe(0o600);
  const before = statSync(stateFile, { bigint: true }).mtimeNs;
  expect(engine(["up", "--yes", "--skip-preview", "--expect-no-changes"])).toMatchObject({ status: 0 });
  expect(statSync(stateFile, { bigint: true }).mtimeNs).toBe(before);
});

test.each(["http_proxy", "https_proxy", "grpc_proxy"])(
  "the program reaches the engine on loopback past the proxy of %s",
  (variable) => {
    const proxy = { [variable]: "http://127.0.0.1:9", no_proxy: "localhost, 127.0.0.1" };
    expect(engine(["up", "--yes", "--skip-preview", "--expect-no-changes"], proxy)).toMatchObject({
      status: 0,
    });
    write('throw new Error("a wrong program");');
    const failed = engine(["up", "--yes", "--skip-preview"], proxy);
    write(...stays);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain("a wrong program");
  },
);

test.each([
  ["0", "ended before it had told the engine all that it wants"],
  ["32", "couldn't tell the engine why"],
])(
  "a program that leaves early, with exit code %s, is a failed update that removes nothing",
  (code, said) => {
    const before = readFileSync(stateFile, "utf8");
    write(`process.removeAllListeners("exit"); process.exit(${code});`);
    const failed = engine(["up", "--yes", "--skip-preview"]);
    write(...stays);
    expect(failed).toMatchObject({ status: 1, stderr: "error: update failed\n" });
    expect(failed.stdout).toContain(said);
    expect(JSON.parse(readFileSync(stateFile, "utf8")).checkpoint.latest.resources).toEqual(
      JSON.parse(before).checkpoint.latest.resources,
    );
  },
);

test("outputs show secrets only when they are asked for", () => {
  expect(engine(["stack", "output", "pem"]).stdout).toBe("[secret]\n");
  expect(engine(["stack", "output", "pem", "--show-secrets"]).stdout).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(JSON.parse(engine(["stack", "output", "--json"]).stdout)).toEqual({
    kind: "ED25519",
    pem: "[secret]",
  });
  expect(engine(["stack", "output", "--shell"]).stdout).toBe("kind=ED25519\npem='[secret]'\n");
});

test("a wrong passphrase is a clear error and changes nothing", () => {
  const before = readFileSync(stateFile, "utf8");
  write("");
  const refused = engine(["up", "--yes", "--skip-preview"], { PULUMI_CONFIG_PASSPHRASE: "another" });
  expect(refused.status).toBe(1);
  expect(refused.stdout + refused.stderr).toContain("incorrect passphrase");
  expect(readFileSync(stateFile, "utf8")).toBe(before);
});

test("a secret of the configuration is masked in what the program prints and in its errors", () => {
  write(
    ...key,
    'const phrase = new pulumi.Config().require("phrase");',
    "console.log(phrase); throw new pulumi.RunError(phrase);",
  );
  const failed = engine(["up", "--yes", "--skip-preview"]);
  expect(failed.status).toBe(1);
  expect(failed.stdout).toContain("error: [secret]");
  expect(failed.stdout + failed.stderr).not.toContain(secret);
  expect(engine(["config"]).stdout).toMatch(/phrase +\[secret\]/);
  expect(engine(["config", "get", "phrase"]).stdout).toBe(`${secret}\n`);
});

test("a secret of the configuration is masked in outputs that are none, in previews and in JSON", () => {
  const shown = [...key, 'export const told = "it is " + new pulumi.Config().require("phrase");'];
  write(...shown);
  const looks = [["preview"], ["preview", "--json"], ["up", "--yes"]];
  for (const args of looks) {
    const { status, stdout, stderr } = engine(args);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain(secret);
    if (!args.includes("--json")) expect(stdout).toMatch(/told *: "it is \[secret\]"/);
  }
});

test("an output shows what is beside a secret in it", () => {
  write(...key, 'export const pair = { open: "seen", hidden: pulumi.secret("unseen") };');
  expect(engine(["up", "--yes", "--skip-preview"])).toMatchObject({ status: 0 });
  const state = JSON.parse(readFileSync(stateFile, "utf8"));
  expect(JSON.stringify(state.checkpoint.latest.resources[0].outputs)).toContain('"open":"seen"');
  expect(engine(["stack", "output", "pair"]).stdout).toBe('{"hidden":"[secret]","open":"seen"}\n');
});

test("a protected resource is refused in words that are shown once, and once in the summary", () => {
  write(...key.slice(0, 2), 'new PrivateKey("key", { algorithm: "ED25519" }, { protect: true });');
  expect(engine(["up", "--yes", "--skip-preview"])).toMatchObject({ status: 0 });
  const refused = engine(["destroy", "--yes"]);
  expect(refused).toMatchObject({ status: 1, stderr: "error: preview failed\n" });
  expect(refused.stdout.match(/cannot be deleted because it is protected/g)).toHaveLength(2);
});

test("state delete forgets a resource; not one that others need, nor a protected one, unless asked", () => {
  write(...key, 'new PrivateKey("needs", { algorithm: "ED25519" }, { dependsOn: key, protect: true });');
  expect(engine(["up", "--yes", "--skip-preview"])).toMatchObject({ status: 0 });
  const urn = (name: string) => `urn:pulumi:dev::trial::tls:index/privateKey:PrivateKey::${name}`;
  expect(engine(["stack", "--show-urns"]).stdout).toContain(`URN: ${urn("key")}\n`);
  const before = readFileSync(stateFile, "utf8");
  const refusals: [string[], RegExp][] = [
    [[urn("nowhere"), "--yes"], /no such resource/],
    [[urn("key"), "--yes"], /the following resources depend on it:\n \* "needs"/],
    [[urn("key"), "--yes", "--target-dependents"], /::needs can't be safely deleted because it is protected/],
    [[urn("needs"), "--yes"], /protected/],
    [[urn("needs"), "--force"], /--yes/],
  ];
  for (const [args, said] of refusals) {
    const refused = engine(["state", "delete", ...args]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(said);
  }
  expect(readFileSync(stateFile, "utf8")).toBe(before);
  const all = ["--yes", "--force", "--target-dependents"];
  expect(engine(["state", "delete", urn("key"), ...all])).toMatchObject({
    status: 0,
    stdout: "Resource deleted\n",
  });
  expect(readFileSync(stateFile, "utf8")).not.toContain(urn("key"));
  write(...key);
  expect(engine(["up", "--yes", "--skip-preview"])).toMatchObject({ status: 0 });
});

test("changes that nobody expected have the official CLI's exit code, and a preview makes none", () => {
  write(...key.slice(0, 2), 'new PrivateKey("other", { algorithm: "ED25519" });');
  const before = readFileSync(stateFile, "utf8");
  const preview = engine(["preview", "--expect-no-changes"]);
  expect(preview.status).toBe(7);
  expect(preview.stdout).toContain(" +  tls:index:PrivateKey other create");
  expect(preview.stdout).toContain(" -  tls:index:PrivateKey key delete");
  expect(readFileSync(stateFile, "utf8")).toBe(before);
  const digest = JSON.parse(engine(["preview", "--json"]).stdout);
  expect(digest.changeSummary).toEqual({ same: 1, create: 1, delete: 1 });
});

test("a preview that fails says in its JSON what was said, and why", () => {
  write(
    ...key,
    'console.log("to one"); console.error("to the other");',
    'pulumi.log.warn("look", key); throw new pulumi.RunError("no more");',
  );
  const failed = engine(["preview", "--json"]);
  expect(failed).toMatchObject({ status: 1, stderr: "error: preview failed\n" });
  const { diagnostics } = JSON.parse(failed.stdout) as { diagnostics: object[] };
  const urn = "urn:pulumi:dev::trial::tls:index/privateKey:PrivateKey::key";
  expect(diagnostics).toHaveLength(4);
  expect(diagnostics).toEqual(
    expect.arrayContaining([
      { message: "to one\n", severity: "info" },
      { message: "to the other\n", severity: "info#err" },
      { urn, message: "warning: look\n", severity: "warning" },
      { message: "error: no more\n", severity: "error" },
    ]),
  );
});

test("after a failed resource the running steps end, and nothing follows the error but what the program says", () => {
  write(
    'import { Command } from "@pulumi/command/local";',
    'import * as pulumi from "@pulumi/pulumi";',
    "const soon = new Promise<string>((done) => setTimeout(done, 1000, 'true'));",
    'new Command("running", { create: "sleep 2" });',
    'new Command("broken", { create: "exit 3" });',
    'new Command("later", { create: soon.then((create) => (console.log("goes on"), create)) });',
  );
  const failed = engine(["up", "--yes", "--skip-preview"]);
  expect(failed).toMatchObject({ status: 1, stderr: "error: update failed\n" });
  expect(failed.stdout).toContain("running created");
  expect(failed.stdout.match(/error: .*/g)).toEqual(
    Array(2).fill('error: the create command "exit 3" ended with exit status 3'),
  );
  expect(failed.stdout).toContain("goes on");
});

test("removing a configuration key that isn't there is no error, as in the official CLI", () => {
  expect(engine(["config", "rm", "nowhere"])).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("an import encrypts what was exported in the clear, also what an interrupted run had begun", () => {
  type Exported = { deployment: { resources: { id?: string }[]; pending_operations?: object[] } };
  const exported = JSON.parse(engine(["stack", "export", "--show-secrets"]).stdout) as Exported;
  const [resource] = exported.deployment.resources.filter((one) =>
    JSON.stringify(one).includes("BEGIN PRIVATE"),
  );
  exported.deployment.pending_operations = [{ resource, type: "updating" }];
  const file = path.join(folder, "exported.json");
  writeFileSync(file, JSON.stringify(exported));
  expect(engine(["stack", "import", "--file", file])).toMatchObject({
    status: 0,
    stdout: "Import complete.\n",
  });
  const imported = readFileSync(stateFile, "utf8");
  expect(imported).toContain('"updating"');
  expect(imported).not.toContain("BEGIN PRIVATE");
});

test("without --yes, and nobody to ask, nothing is destroyed", () => {
  const before = readFileSync(stateFile, "utf8");
  expect(engine(["destroy"])).toMatchObject({ status: 2 });
  expect(readFileSync(stateFile, "utf8")).toBe(before);
});

test("a stack that another computer has locked is left alone until cancel", () => {
  const locks = path.join(folder, "state/.pulumi/locks/organization/trial/dev");
  mkdirSync(locks, { recursive: true });
  const owner = {
    pid: 4,
    username: "somebody",
    hostname: `not-${hostname()}`,
    timestamp: new Date().toISOString(),
  };
  writeFileSync(path.join(locks, "theirs.json"), JSON.stringify(owner));
  const refused = engine(["destroy", "--yes"]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain(`created by somebody@not-${hostname()} (pid 4)`);
  expect(engine(["cancel", "--yes"])).toMatchObject({ status: 0 });
});

test("the history has each update that changed something or failed, the last one first", () => {
  const updates = engine(["stack", "history"]).stdout.split("\n\n");
  expect(updates[0]).toMatch(/^Version: \d+\nUpdateKind: update\nStatus: failed\n/);
  expect(updates.at(-1)).toMatch(/^Version: 1\nUpdateKind: update\nStatus: succeeded\n\+2-0~0\+-0 at /);
});

test("destroy leaves an empty stack, which rm removes with its file", () => {
  expect(engine(["destroy", "--yes"])).toMatchObject({ status: 0 });
  expect(engine(["stack", "ls"]).stdout).toMatch(/\ndev\* +\S+ +0\n$/);
  expect(engine(["stack", "rm", "--yes"])).toMatchObject({ status: 0 });
  expect(engine(["preview"])).toMatchObject({ status: 6 });
});
