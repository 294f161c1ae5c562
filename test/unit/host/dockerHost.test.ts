import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DockerHost, type DockerHostArgs } from "../../../components/host/dockerHost";
import { machine } from "../../support/machine";
import { mockPulumi, valueOf } from "../../support/mocks";

const certificate = readFileSync(join(__dirname, "../authority/certificate.pem"), "utf8");
const pair = (name: string) => ({
  certificate: pulumi.output(certificate),
  key: pulumi.secret(`key of ${name}\n`),
});
const expires = pulumi.output("2027-11-21T07:00:00Z");

const registered = mockPulumi({
  "command:remote:Command": (_, name) => ({
    stdout: `{"from":"${name}"${name.startsWith("without-nftables") ? ',"firewall":"missing"' : ""}}`,
    stderr: "",
  }),
});

const args: DockerHostArgs = {
  machine,
  hostKey: {
    privateKeyOpenssh: pulumi.secret("permanent private key\n"),
    publicKeyOpenssh: pulumi.output("ecdsa-sha2-nistp256 permanent"),
  },
  trust: {
    root: pulumi.output(certificate),
    server: pair("server"),
    inner: {
      issuer: pulumi.output(certificate),
      server: pair("inner server"),
      client: pair("inner client"),
      expires,
    },
  },
  clients: pulumi.output([{ name: "alice", fingerprint: "a".repeat(64) }]),
};
const host = new DockerHost("docker-host", args);
const preparation = { script: pulumi.output("prepare 50\n"), undo: pulumi.output("give back") };
const slow = new DockerHost("slow-host", { ...args, machine: { ...machine, preparation } });

/** The provider takes the whole connection for a secret. */
interface Connection {
  value: { hostKey: string };
}

let first: Record<string, unknown>;
let transaction: Record<string, unknown>;
let configuration: string;

beforeAll(async () => {
  configuration = await valueOf(host.configuration);
  await valueOf(slow.configuration);
  [first, transaction] = ["docker-host-hostKey", "docker-host-transaction"].map(
    (name) => registered.find((resource) => resource.name === name)?.inputs ?? {},
  );
});

test("the first connection trusts the bootstrap key and brings the permanent one", () => {
  expect((first.connection as Connection).value.hostKey).toBe("ssh-ed25519 bootstrap");
  expect(JSON.stringify(first.stdin)).toContain("permanent private key");
});

test("every other connection trusts the permanent key only", () => {
  expect((transaction.connection as Connection).value.hostKey).toBe("ecdsa-sha2-nistp256 permanent");
});

test("a new incarnation gets everything anew, and nothing else does", () => {
  for (const command of [first, transaction]) expect(command.triggers).toEqual(["SHA256:first"]);
});

test("a machine that installs its packages is waited for before the first transaction, any other is not", () => {
  const names = registered.map(({ name }) => name);
  expect(names).not.toContain("docker-host-preparation");
  expect(names.filter((name) => name.startsWith("slow-host-"))).toEqual([
    "slow-host-hostKey",
    "slow-host-preparation",
    "slow-host-transaction",
  ]);
});

test("what the machine's kind does there, and its end on a host that outlives the stack, run as root", () => {
  const inputs = registered.find(({ name }) => name === "slow-host-preparation")?.inputs;
  expect(inputs?.stdin).toMatch(/^prepare 50$/m);
  expect(inputs?.delete).toBe("sudo -n give back");
  expect(inputs?.triggers).toEqual(["SHA256:first"]);
});

test("a machine without nftables has no firewall, which `up` says each time", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  for (const name of ["with-nftables", "without-nftables"])
    await valueOf(new DockerHost(name, args).configuration);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    expect.stringMatching(/^The machine has no nftables.*apt-get install nftables/),
  ]);
  warn.mockRestore();
});

test("no secret is in a command's text, in its environment or in the log", () => {
  for (const command of [first, transaction]) {
    expect(command).not.toHaveProperty("environment");
    expect(command.create).toBe("sudo -n bash -c 'source <(cat)'");
    expect(command.logging).toBe("stderr");
  }
});

test("what the configuration is known by is no secret", async () => {
  expect(configuration).toMatch(/^[0-9a-f]{64}$/);
  expect(await pulumi.isSecret(host.configuration)).toBe(false);
});

test("who has moved over to a new root is asked for while a root is rotated, and else nobody is asked", async () => {
  expect(await valueOf(host.notMovedOver)).toEqual([]);
  const movers = { clients: pulumi.output([{ name: "bob", fingerprint: "b".repeat(64) }]), leaveBehind: [] };
  const moving = new DockerHost("moving", { ...args, movers, rotating: true });
  expect(await valueOf(moving.notMovedOver)).toEqual({ from: "moving-rotation" });
  const asked = registered.filter(({ name }) => name.endsWith("-rotation"));
  expect(asked.map(({ name }) => name)).toEqual(["moving-rotation"]);
  expect(JSON.stringify(asked[0].inputs.stdin)).toContain(`bob ${"b".repeat(64)}`);
});
