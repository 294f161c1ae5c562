import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../../components/machine/machine";
import { RemoteDocker } from "../../components/remoteDocker";
import { mockPulumi, valueOf } from "../support/mocks";

const machine = {
  address: pulumi.output("203.0.113.7"),
  port: pulumi.output(2376),
  certificateAddresses: pulumi.output(["203.0.113.7"]),
  incarnation: pulumi.output("SHA256:first"),
  generation: pulumi.output("1"),
  ssh: {
    host: pulumi.output("203.0.113.7"),
    port: pulumi.output(2376),
    user: pulumi.output("provision"),
    privateKey: pulumi.secret("operator's private key"),
  },
  bootstrapHostKey: pulumi.output("ssh-ed25519 AAAA"),
} satisfies Machine;

jest.mock("../../components/machine/factory", () => ({
  ...jest.requireActual<object>("../../components/machine/factory"),
  newMachine: () => machine,
}));

const certificate = readFileSync(join(__dirname, "authority/certificate.pem"), "utf8");
const command = (_: unknown, name: string) => ({ stdout: `output of ${name}` });
const signed = () => ({ certPem: certificate, validityEndTime: "2027-11-21T07:00:00Z" });

const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": (_, name) => ({
    privateKeyPem: `pem of ${name}`,
    privateKeyPemPkcs8: `pkcs8 of ${name}`,
    privateKeyOpenssh: `openssh of ${name}`,
    publicKeyOpenssh: `public ${name}`,
  }),
  "tls:index/selfSignedCert:SelfSignedCert": signed,
  "tls:index/certRequest:CertRequest": () => ({ certRequestPem: "request" }),
  "tls:index/locallySignedCert:LocallySignedCert": signed,
  "command:local:Command": command,
  "command:remote:Command": command,
});

const docker = new RemoteDocker("docker", { clients: [{ name: "alice" }, { name: "ci" }] });

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
  const files = JSON.parse(plain(inputs("docker-client-ci-folder").stdin)) as {
    name: string;
    content: string;
  }[];
  expect(files.map(({ name }) => name)).toEqual(["ca.pem", "cert.pem", "key.pem"]);
  expect(files[2].content).toBe("pkcs8 of docker-authority-client-ci-key");
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
