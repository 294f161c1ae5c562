import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { BundleCommand } from "../../../support/bundleCommand";
import { codeBlocks } from "../../../support/markdown";
import { type Outcome, run, succeeded } from "../../../support/run";

jest.setTimeout(30_000);

interface Step {
  uses?: string;
  name?: string;
  run?: string;
  if?: string;
  env?: Record<string, string>;
}

let bundle: BundleCommand;
let secrets: Record<string, Record<string, string>>;

beforeAll(async () => {
  bundle = new BundleCommand({ made: ["ci"], requested: ["carol"] });
  secrets = {
    ci: { REMOTE_DOCKER_BUNDLE: await value("ci") },
    carol: { REMOTE_DOCKER_BUNDLE: await value("carol"), REMOTE_DOCKER_KEY: keyOf("carol") },
  };
});
afterAll(() => bundle.remove());
afterEach(() => {
  for (const name of readdirSync(bundle.here)) rmSync(join(bundle.here, name), { recursive: true });
});

test("the value is one line that CI services take and mask, alone on standard output, the same each time", async () => {
  const { stdout, stderr } = succeeded(await bundle.run(["ci", "--ci"]));
  expect(stdout).toMatch(/^[A-Za-z0-9+/]{100,}={0,2}$/);
  expect(stdout.length).toBeLessThan(10_000); // GitLab's limit, the lower one
  expect(stdout).toBe(secrets.ci.REMOTE_DOCKER_BUNDLE);
  expect(stderr).toBe("");
});

test("base64 and tar give the three files back, with their permissions", async () => {
  succeeded(await run(["sh", "-c", "base64 -d | tar -xz"], { cwd: bundle.here, input: await value("ci") }));
  expectBundle("ci", bundle.here);
});

test("busybox, all that a small image has, unpacks it too", async () => {
  const unpack = "busybox base64 -d | busybox tar -xz";
  succeeded(await run(["sh", "-c", unpack], { cwd: bundle.here, input: await value("ci") }));
  expectBundle("ci", bundle.here);
});

test("below npm's banner the value would be spoilt, so it is refused; npm run -s lets it through", async () => {
  const npm = { npm_lifecycle_event: "bundle" };
  const { status, stdout, stderr } = await bundle.run(["ci", "--ci"], { env: npm });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("npm run -s bundle -- … --ci");
  succeeded(await bundle.run(["ci", "--ci"], { env: { ...npm, npm_config_loglevel: "silent" } }));
});

describe.each(["ci", "carol"])("the instructions of %s", (client) => {
  test("GitHub's workflow unpacks the secrets, sets the three variables for what follows, and cleans up", async () => {
    const { jobs } = await snippet(client, "GitHub Actions");
    const { env, steps } = jobs.build as { env: Record<string, string>; steps: Step[] };
    expect(env).toEqual({ DOCKER_HOST: "tcp://192.0.2.7:2376", DOCKER_TLS_VERIFY: "1" });
    const [checkout, unpack, build, remove] = steps;
    expect(checkout.uses).toMatch(/^actions\/checkout@/);
    expect(unpack.env).toEqual(
      Object.fromEntries(Object.keys(secrets[client]).map((name) => [name, `\${{ secrets.${name} }}`])),
    );
    expect(build.run).toBe("docker build .");

    const runner = { RUNNER_TEMP: join(bundle.here, "temp"), GITHUB_ENV: join(bundle.here, "env") };
    mkdirSync(runner.RUNNER_TEMP);
    succeeded(await asGithub(unpack.run!, { ...runner, ...secrets[client] }));
    const path = /^DOCKER_CERT_PATH=(.*)\n$/.exec(readFileSync(runner.GITHUB_ENV, "utf8"))![1];
    expectBundle(client, path);
    expect(remove.if).toBe("always()");
    succeeded(await asGithub(remove.run!, runner));
    expect(readdirSync(runner.RUNNER_TEMP)).toEqual([]);
  });

  test("GitLab's job does the same", async () => {
    const { build } = await snippet(client, "GitLab CI");
    const job = build as Record<"before_script" | "script" | "after_script", string[]> & {
      variables: Record<string, string>;
    };
    const { DOCKER_CERT_PATH, ...others } = job.variables;
    expect(others).toEqual({ DOCKER_HOST: "tcp://192.0.2.7:2376", DOCKER_TLS_VERIFY: "1" });
    expect(DOCKER_CERT_PATH).toBe("/tmp/remote-docker-$CI_JOB_ID");
    expect(job.script).toEqual(["docker build ."]);

    const place = join(bundle.here, "certificates");
    const variables = { DOCKER_CERT_PATH: place, ...secrets[client] };
    succeeded(await asGitlab(job.before_script, variables));
    expectBundle(client, place);
    succeeded(await asGitlab(job.after_script, variables));
    expect(readdirSync(bundle.here)).toEqual([]);
  });

  test("a secret that isn't set, or is cut short, fails the job where it is unpacked", async () => {
    const { build } = await snippet(client, "GitLab CI");
    const { before_script: lines } = build as { before_script: string[] };
    const [first] = lines;
    expect(first).toContain("mkdir");
    for (const REMOTE_DOCKER_BUNDLE of ["", secrets[client].REMOTE_DOCKER_BUNDLE.slice(0, -400)]) {
      const DOCKER_CERT_PATH = join(bundle.here, `certificates-${REMOTE_DOCKER_BUNDLE.length}`);
      const { status } = await asGitlab(lines, {
        ...secrets[client],
        REMOTE_DOCKER_BUNDLE,
        DOCKER_CERT_PATH,
      });
      expect(status).not.toBe(0);
    }
  });
});

async function value(client: string): Promise<string> {
  return succeeded(await bundle.run([client, "--ci"])).stdout;
}

async function snippet(client: string, heading: string): Promise<Record<string, Record<string, unknown>>> {
  const { stdout } = succeeded(await bundle.run([client, "--instructions"]));
  const [{ language, text }] = codeBlocks(stdout, heading);
  expect(language).toBe("yaml");
  return parse(text);
}

/** As GitHub runs a step: bash -e on a file. */
function asGithub(lines: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return run(["bash", "--norc", "-e", "-c", lines], {
    cwd: bundle.here,
    env: { PATH: process.env.PATH, ...env },
  });
}

/** As GitLab's runner does: the lines one after the other in one shell, which ends at the first that fails. */
function asGitlab(lines: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const script = lines.join("\n");
  return run(["sh", "-e", "-c", script], { cwd: bundle.here, env: { PATH: process.env.PATH, ...env } });
}

/** A folder as DOCKER_CERT_PATH wants it, with the client's key wherever it came from. */
function expectBundle(client: string, folder: string): void {
  const content = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8").trimEnd()]),
  );
  const wanted = { "key.pem": keyOf(client), ...bundle.pems(client) };
  expect(content).toEqual(
    Object.fromEntries(Object.entries(wanted).map(([name, pem]) => [name, pem.trimEnd()])),
  );
  const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
  expect(["ca.pem", "cert.pem", "key.pem"].map(mode)).toEqual([0o444, 0o444, 0o400]);
  const listed = execFileSync("openssl", ["pkey", "-noout", "-in", join(folder, "key.pem")]);
  expect(listed.toString()).toBe("");
}

function keyOf(client: string): string {
  return readFileSync(bundle.pki.file(`${client}.key`), "utf8");
}
