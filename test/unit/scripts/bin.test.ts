import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, succeeded } from "../../support/run";

jest.setTimeout(120_000);

const checkout = join(__dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "installed-"));
const home = join(folder, "home");
const modules = join(folder, "project", "node_modules");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as npm packs it, in somebody else's project, with a pulumi that knows the stack prod alone. */
beforeAll(async () => {
  mkdirSync(modules, { recursive: true });
  succeeded(await run(["npm", "pack", "--silent", "--pack-destination", folder], { cwd: checkout }));
  const [archive] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  succeeded(await run(["tar", "-xzf", join(folder, archive), "-C", folder]));
  succeeded(await run(["mv", join(folder, "package"), join(modules, "remote-docker")]));
  for (const name of readdirSync(join(checkout, "node_modules")))
    if (name !== ".bin") symlinkSync(join(checkout, "node_modules", name), join(modules, name));
  const bundle = join(home, ".docker/remote/prod/alice");
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, "cert.pem"), "");
  const alice = { DOCKER_HOST: "tcp://192.0.2.7:2376", DOCKER_CERT_PATH: bundle, DOCKER_TLS_VERIFY: "1" };
  const outputs = JSON.stringify({ ...alice, clients: { alice } });
  const pulumi = `#!/bin/sh
case "$*" in
  'stack --show-name') echo prod ;;
  *'--stack prod') echo '${outputs}' ;;
  *) echo "error: no stack named" >&2; exit 255 ;;
esac
`;
  writeFileSync(join(folder, "pulumi"), pulumi, { mode: 0o755 });
});

const remoteDocker = (...args: string[]) =>
  run([process.execPath, join(modules, "remote-docker/scripts/bin.js"), ...args], {
    cwd: join(folder, "project"),
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: home },
  });

test("the installed package's commands are about the selected stack of the project that they run in", async () => {
  const { stdout } = succeeded(await remoteDocker("env", "--json"));
  expect(JSON.parse(stdout)).toMatchObject({ DOCKER_HOST: "tcp://192.0.2.7:2376" });
  const { stderr } = await remoteDocker("env", "--stack", "test");
  expect(stderr).toBe("error: the stack test isn't up; bring it up first: pulumi up --stack test\n");
});

test("every command of the package starts there, and says how it is called there", async () => {
  const { stdout } = succeeded(await remoteDocker("--help"));
  const names = stdout.trim().split("one of: ")[1].split(", ");
  expect(names).toContain("status");
  for (const name of names) {
    const help = succeeded(await remoteDocker(name, "--help"));
    expect(help.stdout).toContain(`Usage: npx remote-docker ${name} `);
    expect(help.stderr).toBe("");
  }
});

test("what belongs to a checkout is refused, with what to do", async () => {
  const { status, stderr } = await remoteDocker("up");
  expect(status).toBe(1);
  expect(stderr).toMatch(/"up" isn't a command of the installed package; .*pulumi up$/m);
});

test("nothing of the tests or of this checkout's state is in the package", () => {
  expect(readdirSync(join(modules, "remote-docker")).sort()).toEqual([
    "LICENSE",
    "README.md",
    "cli",
    "components",
    "config.ts",
    "docs",
    "engine",
    "examples",
    "index.ts",
    "package.json",
    "scripts",
    "tsconfig.json",
  ]);
});
