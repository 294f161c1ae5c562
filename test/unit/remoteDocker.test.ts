import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RemoteDocker } from "../../components/remoteDocker";
import type * as StandIn from "../support/machine";
import { mockPulumi, valueOf } from "../support/mocks";

jest.mock("../../components/machine/kinds", () => ({
  ...jest.requireActual<object>("../../components/machine/kinds"),
  newMachine: () => jest.requireActual<typeof StandIn>("../support/machine").machine,
}));

// There is nobody to ask.
jest.mock("../../components/health/pulse", () => ({ pulse: () => "" }));

const certificate = readFileSync(join(__dirname, "authority/certificate.pem"), "utf8");
const issued = [["ci", 1, "a".repeat(64), "", "2027-11-21T07:00:00Z"]];
const command = (_: unknown, name: string) => ({
  stdout: name.startsWith("docker-authority-issued")
    ? JSON.stringify({ issued: name.endsWith("-11") ? issued : [], handedOn: [] })
    : `output of ${name}`,
});
const endingIn = (year: number) => () => ({
  certPem: certificate,
  validityEndTime: `${year}-11-21T07:00:00Z`,
});

const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": (_, name) => ({
    privateKeyPem: `pem of ${name}`,
    privateKeyPemPkcs8: `pkcs8 of ${name}`,
    privateKeyOpenssh: `openssh of ${name}`,
    publicKeyOpenssh: `public ${name}`,
  }),
  "tls:index/selfSignedCert:SelfSignedCert": endingIn(2098),
  "tls:index/certRequest:CertRequest": () => ({ certRequestPem: "request" }),
  "tls:index/locallySignedCert:LocallySignedCert": endingIn(2097),
  "command:local:Command": command,
  "command:remote:Command": command,
});

// Without an engine Pulumi logs to the console.
jest.spyOn(console, "log").mockImplementation();
const docker = new RemoteDocker("docker", {
  clients: [{ name: "alice" }, { name: "ci", limits: { connections: 20 } }],
});

beforeAll(async () => {
  await valueOf(
    pulumi.all([
      docker.sshCommand,
      docker.rootExpires,
      docker.clients.ci.expires,
      docker.clients.ci.DOCKER_HOST,
    ]),
  );
  await pulumi.runtime.disconnect();
});

const inputs = (name: string) => registered.find((resource) => resource.name === name)?.inputs ?? {};

test("each client gets what docker needs: host, folder and the switch that keeps it from plain text", async () => {
  expect(Object.keys(docker.clients)).toEqual(["alice", "ci"]);
  expect(await valueOf(docker.clients.ci.DOCKER_HOST)).toBe("tcp://203.0.113.7:2376");
  expect(docker.clients.ci.DOCKER_CERT_PATH).toBe(join(homedir(), ".docker/remote/unit/ci"));
  expect(docker.clients.ci.DOCKER_TLS_VERIFY).toBe("1");
});

test("every resource's name starts with its parent's, so that a second daemon in a program doesn't collide", () => {
  for (const { name } of registered) expect(name).toMatch(/^docker(-|$)/);
});

test("no private key is in a command's text, in its environment or anywhere but in standard input and the connection", () => {
  const commands = registered.filter(({ type }) => type.startsWith("command:"));
  expect(commands.length).toBeGreaterThan(5);
  for (const { inputs } of commands) {
    const open = Object.entries(inputs).filter(([key]) => !["stdin", "connection"].includes(key));
    expect(JSON.stringify(open)).not.toMatch(/pem of|pkcs8 of|openssh of|private key/);
  }
});

test("a client bundle holds that client's key and no other", () => {
  const { files, trial } = JSON.parse(plain(inputs("docker-client-ci-folder").stdin)) as {
    files: { name: string; content: string }[];
    trial: { client: string; key: string };
  };
  expect(files.map(({ name }) => name)).toEqual(["ca.pem", "cert.pem", "key.pem"]);
  expect(files[2].content).toBe("pkcs8 of docker-authority-client-ci-key");
  expect(trial).toMatchObject({ client: "ci", key: files[2].content });
});

test("a client's limits reach the front door", () => {
  expect(plain(inputs("docker-host-transaction").stdin)).toContain(
    "put 'frontDoor/connections.map' 'ci 20\n'",
  );
});

test("the files of all bundles are an output, too, which is a secret", async () => {
  expect(await pulumi.isSecret(docker.bundles)).toBe(true);
  const bundles = await valueOf(docker.bundles);
  expect(Object.keys(bundles)).toEqual(["alice", "ci"]);
  expect(bundles.ci).toEqual({
    "ca.pem": certificate,
    "cert.pem": certificate,
    "key.pem": "pkcs8 of docker-authority-client-ci-key",
  });
});

test("what a program needs to reach the machine is an output, its key a secret", async () => {
  expect(await pulumi.isSecret(docker.operator.privateKey!)).toBe(true);
  expect(await valueOf(pulumi.output(docker.operator))).toEqual({
    host: "203.0.113.7",
    port: 2376,
    user: "provision",
    privateKey: "operator's private key",
    hostKey: "public docker-host-key",
  });
});

test("without a rotation there is no phase, and nobody has to move", async () => {
  expect(await valueOf(docker.rotationPhase)).toBe("none");
  expect(await valueOf(docker.notMovedOver)).toEqual([]);
});

test("nobody gets a bundle of the reserved client", () => {
  expect(registered.map(({ name }) => name)).not.toContain("docker-client-health-folder");
});

test("the probe follows the configuration, the machine and its start", () => {
  expect(inputs("docker-health-probe").environment).toEqual({
    CONFIGURATION: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    MACHINE: "SHA256:first",
    START: "1",
  });
});

test("wrong arguments are refused by the component itself, by name", () => {
  expect(() => new RemoteDocker("other", { clients: [] })).toThrow(
    "clients: [] is not a list with at least one client",
  );
});

/** Mocks see a secret as what the engine sees. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : (value as { value: string }).value;
}
