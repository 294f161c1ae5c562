import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { BundleCommand } from "../support/bundleCommand";
import { type DockerClient, tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { codeBlocks } from "../support/markdown";
import { Provisioned } from "../support/provisioned";
import { run, succeeded } from "../support/run";

jest.setTimeout(300_000);

let host: Provisioned;
let bundle: BundleCommand;
let docker: DockerClient;
let instructions: string;

beforeAll(async () => {
  host = await Provisioned.start();
  bundle = new BundleCommand({ made: ["alice"] }, `tcp://127.0.0.1:${host.guest.port}`, host.pki);
  await host.provision({ clients: ["alice"] });
  docker = host.client("alice");
  succeeded(await bundle.run(["alice"]));
  instructions = succeeded(await bundle.run(["alice", "--instructions"])).stdout;
});
afterAll(async () => {
  await host?.stop();
  bundle?.remove();
});

test("the lines for a shell reach the daemon", async () => {
  const [{ text }] = codeBlocks(instructions, "In a shell");
  expect(await inShell(text)).toMatch(/^Server:/m);
});

test("the context's lines reach the daemon, and the context holds the bundle", async () => {
  const [{ text }] = codeBlocks(instructions, "As a context");
  expect(await inShell(text)).toMatch(/^Server:/m);
  const [context] = JSON.parse(await inShell("docker context inspect remote-dev-alice"));
  const kept = join(context.Storage.TLSPath, "docker");
  const content = readdirSync(kept).map((name) => [name, readFileSync(join(kept, name), "utf8")]);
  expect(Object.fromEntries(content)).toEqual(bundle.pems("alice"));
  expect(await inShell(text.replace("context create", "context update"))).toMatch(/^Server:/m);
});

test("npm run context makes it, brings it up to date, and takes it away", async () => {
  const context = (...args: string[]) =>
    bundle.run(args, {
      command: "context",
      env: { PATH: path(), DOCKER_CONFIG: docker.environment.DOCKER_CONFIG },
    });
  await inShell("docker context rm --force remote-dev-alice");
  expect(succeeded(await context()).stdout).toContain("the context remote-dev-alice is there");
  expect(await inShell("docker --context remote-dev-alice version")).toMatch(/^Server:/m);
  expect(succeeded(await context("alice")).stdout).toContain("is up to date");
  expect(succeeded(await context("--use")).stdout).toContain("remote-dev-alice");
  expect(await inShell("docker version")).toMatch(/^Server:/m);
  await inShell("docker context use default");
  expect(succeeded(await context("--remove")).stdout).toContain("is gone");
  expect(await inShell("docker context ls --format '{{.Name}}'")).toBe("default\n");
  succeeded(await context());
});

describe("a context of a stack's own", () => {
  const context = (...args: string[]) =>
    bundle.run(args, {
      command: "context",
      env: { PATH: path(), DOCKER_CONFIG: docker.environment.DOCKER_CONFIG },
    });
  const kept = async () => {
    const [shown] = JSON.parse(await inShell("docker context inspect remote-dev-alice"));
    return readFileSync(join(shown.Storage.TLSPath, "docker", "cert.pem"), "utf8");
  };
  const cert = () => join(bundle.home, ".docker/remote/dev/alice/cert.pem");

  test("has the new certificate after a renewal, and says so once", async () => {
    succeeded(await context());
    const former = readFileSync(cert(), "utf8");
    expect(succeeded(await context("--refresh")).stdout).toBe("");
    chmodSync(cert(), 0o600);
    writeFileSync(cert(), `${former}\n`);
    try {
      expect(succeeded(await context("--refresh")).stdout).toBe(
        "The docker context remote-dev-alice has the new certificate\n",
      );
      expect(await kept()).toBe(`${former}\n`);
      expect(succeeded(await context("--refresh")).stdout).toBe("");
    } finally {
      writeFileSync(cert(), former);
      succeeded(await context("--refresh"));
    }
  });

  test("of the same name, but somebody else's making, is neither changed nor removed", async () => {
    await inShell("docker context rm --force remote-dev-alice");
    await inShell("docker context create remote-dev-alice --docker host=tcp://192.0.2.1:2376");
    const before = await inShell("docker context inspect remote-dev-alice");
    for (const args of [[], ["--use"], ["--remove"]]) {
      const { status, stderr } = await context(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/that this stack hasn't made .*nothing was changed.*docker context rm/);
    }
    expect(succeeded(await context("--refresh")).stdout).toBe("");
    expect(await inShell("docker context inspect remote-dev-alice")).toBe(before);
    await inShell("docker context rm remote-dev-alice");
  });

  test("of a version without marks is taken over when it leads to this daemon", async () => {
    const { DOCKER_HOST } = bundle.outputs as { DOCKER_HOST: string };
    await inShell(`docker context create remote-dev-alice --docker host=${DOCKER_HOST}`);
    expect(succeeded(await context("--json")).stdout).toBe(
      '{"context":"remote-dev-alice","state":"updated"}\n',
    );
    expect(await kept()).toBe(readFileSync(cert(), "utf8"));
  });
});

test("buildx builds with the daemon through the context, and takes the line for a builder in a container", async () => {
  writeFileSync(join(bundle.here, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  await inShell("docker --context remote-dev-alice buildx build --tag handed-over .");
  expect(await docker.out("image", "ls", "--quiet", "handed-over")).not.toBe("");
  const [create] = codeBlocks(instructions, "buildx")[0].text.split("\n");
  expect(await inShell(create)).toBe("remote-dev-alice-builder\n");
});

test("the line for a published port leads to a container", async () => {
  await docker.importTools();
  await docker.out("run", "-d", "-p", "8080:80", tools, "httpd", "-f", "-p", "80", "-h", "/");
  const [{ text }] = codeBlocks(instructions, "Published ports");
  const port = await freePort();
  const here = text.replace("TCP-LISTEN:$port", `TCP-LISTEN:${port}`);
  const ask = `curl --silent --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:${port}/gate`;
  const asked = await inShell(`${here.trimEnd()} &\n${ask} || true; kill $!`);
  expect(asked).toBe("open\n");
});

test("a CI job's lines reach the daemon from the secret alone", async () => {
  const [{ text }] = codeBlocks(instructions, "GitLab CI");
  const { build } = parse(text);
  const secret = succeeded(await bundle.run(["alice", "--ci"])).stdout;
  const variables = { ...build.variables, DOCKER_CERT_PATH: join(bundle.here, "ci") };
  const lines = [...build.before_script, "docker version"].join("\n");
  expect(await inShell(lines, { ...variables, REMOTE_DOCKER_BUNDLE: secret })).toMatch(/^Server:/m);
});

const path = () => `${dirname(docker.binary)}:${process.env.PATH}`;

async function inShell(lines: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const configuration = { DOCKER_CONFIG: docker.environment.DOCKER_CONFIG, HOME: bundle.home };
  mkdirSync(configuration.DOCKER_CONFIG!, { recursive: true });
  const shell = ["bash", "--norc", "-euo", "pipefail", "-c", lines];
  return succeeded(await run(shell, { cwd: bundle.here, env: { PATH: path(), ...configuration, ...env } }))
    .stdout;
}
