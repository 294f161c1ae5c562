import type * as pulumi from "@pulumi/pulumi";
import { mockPulumi, type Registered, valueOf } from "../../../support/mocks";

const secretKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nprivate part of";
const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": (_, name) => ({
    privateKeyOpenssh: `${secretKey} ${name}\n`,
    publicKeyOpenssh: `ssh-ed25519 AAAA ${name}\n`,
    publicKeyFingerprintSha256: `SHA256:${name}`,
  }),
  "command:local:Command": () => ({ stdout: "", stderr: "" }),
});
const preflight = jest.fn();
jest.mock("../../../../components/machine/local/preflight", () => ({
  ...jest.requireActual<object>("../../../../components/machine/local/preflight"),
  preflight: (...args: unknown[]): unknown => preflight(...args),
}));

import { LocalMachine } from "../../../../components/machine/local/localMachine";
import type { LocalMachineArgs } from "../../../../components/machine/local/args";

beforeEach(() => {
  registered.length = 0;
  preflight.mockReturnValue({ problems: [], notices: [], generation: "3" });
});

/** A machine whose resources are all registered, by their names. */
async function machine(args: LocalMachineArgs = {}): Promise<[LocalMachine, Record<string, Registered>]> {
  const made = new LocalMachine("m", args);
  await valueOf(made.incarnation);
  await valueOf(made.ssh.privateKey!);
  return [made, Object.fromEntries(registered.map((resource) => [resource.name, resource]))];
}

test("a machine is two keys, a claim on its place, an image, a disk and a process", async () => {
  await machine();
  expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    "command:local:Command m-claim",
    "command:local:Command m-disk",
    "command:local:Command m-image",
    "command:local:Command m-process",
    "remote-docker:machine:LocalMachine m",
    "tls:index/privateKey:PrivateKey m-bootstrap-host-key",
    "tls:index/privateKey:PrivateKey m-operator-key",
  ]);
});

test("disk and process are made anew with the incarnation alone, which is the bootstrap host key's fingerprint", async () => {
  const [made, resources] = await machine();
  expect(await valueOf(made.incarnation)).toBe("SHA256:m-bootstrap-host-key");
  expect(resources["m-image"].inputs.triggers).toBeUndefined();
  for (const name of ["m-disk", "m-process"]) {
    expect(resources[name].inputs.triggers).toEqual(["SHA256:m-bootstrap-host-key"]);
  }
});

test("another image makes the machine anew: by a bootstrap host key of its own, and from today's packages", async () => {
  const [made, resources] = await machine({ image: 2 });
  expect(await valueOf(made.incarnation)).toBe("SHA256:m-bootstrap-host-key@2");
  for (const name of ["m-disk", "m-process"]) {
    expect(resources[name].inputs.triggers).toEqual(["SHA256:m-bootstrap-host-key@2"]);
  }
  for (const name of ["m-image", "m-disk"])
    expect(resources[name].inputs.environment).toMatchObject({ IMAGE: "2" });
});

test("options that are new and not used change no command, so that a newer program changes nothing", async () => {
  const [, resources] = await machine();
  expect(resources["m-image"].inputs.environment).toEqual({ MIRROR: "" });
  expect(resources["m-disk"].inputs.environment).toEqual({
    MIRROR: "",
    DISK_SIZE: "20",
    INCARNATION: "SHA256:m-bootstrap-host-key",
  });
});

test("no command holds a private key or a path of this checkout", async () => {
  await machine();
  for (const { inputs } of registered.filter(({ type }) => type === "command:local:Command")) {
    const { stdin, ...rest } = inputs;
    expect(JSON.stringify(rest)).not.toContain("PRIVATE KEY");
    expect(JSON.stringify(inputs)).not.toContain(process.cwd());
    expect(inputs.create).toMatch(
      /^(bash components\/machine\/local\/[a-z]+\.sh [a-z]+( remote-docker unit\.m)?|node components\/ownership\/mark\.js take state:\S+)$/,
    );
    expect(stdin === undefined || JSON.stringify(stdin).includes("PRIVATE KEY")).toBe(true);
  }
});

test("the bootstrap host key goes to the disk as a secret; the operator's private key does not", async () => {
  const [, resources] = await machine();
  const stdin = JSON.stringify(resources["m-disk"].inputs.stdin);
  expect(stdin).toContain("private part of m-bootstrap-host-key");
  expect(stdin).not.toContain("private part of m-operator-key");
  expect(Object.keys(resources["m-disk"].inputs.stdin as object)).toContain(
    "4dabf18193072939515e22adb298388d", // the signature of a secret on the wire
  );
});

test("every setting of the process reaches it, so that a changed one starts the machine again", async () => {
  const [, resources] = await machine({ cpus: 4, memory: 4096, diskSize: 40, port: 4000, bind: "0.0.0.0" });
  expect(resources["m-process"].inputs.environment).toEqual({
    CPUS: "4",
    MEMORY: "4096",
    DISK_SIZE: "40",
    PORT: "4000",
    BIND: "0.0.0.0",
    INCARNATION: "SHA256:m-bootstrap-host-key",
    GENERATION: "3",
  });
});

test("clients dial loopback by default, and nothing else is in the certificate", async () => {
  const [made] = await machine();
  expect(await valueOf(made.address)).toBe("127.0.0.1");
  expect(made.dialedHereOnly).toBeUndefined();
  expect(await valueOf(made.port)).toBe(2376);
  expect(await valueOf(made.certificateAddresses)).toEqual([]);
});

test("a machine bound to all addresses is dialled on loopback", async () => {
  const [made] = await machine({ bind: "0.0.0.0", port: 4000 });
  expect(made.dialedHereOnly).toMatch(/write what others dial, like address: [\d.]+:4000/);
  expect(await valueOf(made.address)).toBe("127.0.0.1");
  expect(await valueOf(made.port)).toBe(4000);
});

test("provisioning logs in as provision with the operator's key, through the front door", async () => {
  const [made] = await machine({ port: 4000 });
  expect(await valueOf(made.ssh.port)).toBe(4000);
  expect(made.ssh.user).toBe("provision");
  expect(await valueOf(made.ssh.privateKey!)).toContain("m-operator-key");
  expect(await valueOf((made.hostKey as { bootstrap: pulumi.Output<string> }).bootstrap)).toContain(
    "m-bootstrap-host-key",
  );
});

test("the number of the start is the one that the computer was found with", async () => {
  const [made] = await machine();
  expect(await valueOf(made.start)).toBe("3");
});

test("a wrong argument stops everything before a resource is made", () => {
  expect(() => new LocalMachine("m", { cpus: 0 })).toThrow(
    "local.cpus: 0 is not a number of processors; write a whole number from 1 to 64",
  );
});

test("what stands in the way on this computer stops everything before a resource is made", () => {
  preflight.mockReturnValue({
    problems: [{ propertyPath: "local.port", reason: "2376 is taken" }],
    notices: [],
    generation: "1",
  });
  expect(() => new LocalMachine("m")).toThrow("local.port: 2376 is taken");
});
