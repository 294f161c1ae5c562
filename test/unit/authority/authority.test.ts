import * as pulumi from "@pulumi/pulumi";
import { Authority, type AuthorityArgs } from "../../../components/authority/authority";
import { mockPulumi, type Registered, valueOf } from "../../support/mocks";

const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": (_, name) => ({ privateKeyPemPkcs8: `private key of ${name}` }),
  "tls:index/selfSignedCert:SelfSignedCert": (_, name) => ({
    certPem: `<${name}>`,
    validityEndTime: "2036-11-21T07:00:00Z",
  }),
  "tls:index/certRequest:CertRequest": (_, name) => ({ certRequestPem: `request ${name}` }),
  "tls:index/locallySignedCert:LocallySignedCert": (_, name) => ({
    certPem: `<${name}>`,
    validityEndTime: "2027-11-21T07:00:00Z",
  }),
  // What issued.js makes of its input, without a look into the certificates.
  "command:local:Command": ({ stdin }) => {
    const { certificates } = JSON.parse(stdin as string) as {
      certificates: { name: string; root: number }[];
    };
    const issued = certificates.map(({ name, root }) => [name, root, "f", "", ""]);
    return { stdout: JSON.stringify({ issued, handedOn: [] }) };
  },
});

const csr = "-----BEGIN CERTIFICATE REQUEST-----\nalice's own\n-----END CERTIFICATE REQUEST-----\n";

async function make(args: Partial<AuthorityArgs> = {}) {
  registered.length = 0;
  const authority = new Authority("a", {
    clients: [{ name: "alice" }, { name: "ci", validityHours: 72 }],
    ...args,
  });
  const server = authority.certifyServer({
    addresses: ["203.0.113.7", "10.0.0.5", "203.0.113.7"],
    serverNames: ["docker.example.com", "localhost"],
  });
  await valueOf(
    pulumi.all([server.certificate, authority.allowed, authority.root, authority.inner.server.certificate]),
  );
  const resources = [...registered];
  const inputs = (name: string) => resources.find((resource) => resource.name === name)?.inputs;
  return { authority, resources, inputs };
}

const named = (resources: Registered[], part: string) =>
  resources.map(({ name }) => name).filter((name) => name.includes(part));

test("every key is ECDSA P-256", async () => {
  const { resources } = await make();
  const keys = resources.filter(({ type }) => type === "tls:index/privateKey:PrivateKey");
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key.inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
});

test("the server's certificate is for every address and name that clients may dial, and for servers only", async () => {
  const { inputs } = await make();
  expect(inputs("a-server-request")).toMatchObject({
    ipAddresses: ["127.0.0.1", "203.0.113.7", "10.0.0.5"],
    dnsNames: ["localhost", "docker.example.com"],
  });
  expect(inputs("a-server-certificate")).toMatchObject({ allowedUses: ["digital_signature", "server_auth"] });
});

test("each client has a certificate of the root's with its name, for clients only, and so has the health check", async () => {
  const { authority, inputs } = await make();
  for (const name of ["alice", "ci", "health"]) {
    expect(inputs(`a-client-${name}-request`)).toMatchObject({ subject: { commonName: name } });
    expect(inputs(`a-client-${name}-certificate`)).toMatchObject({
      allowedUses: ["digital_signature", "client_auth"],
      caCertPem: "<a-root-certificate>",
    });
  }
  expect(Object.keys(authority.clients)).toEqual(["alice", "ci"]);
});

test("a client's own lifetime is its certificate's", async () => {
  const { inputs } = await make();
  expect(inputs("a-client-ci-certificate")).toMatchObject({ validityPeriodHours: 72, earlyRenewalHours: 24 });
});

test("a client's own request is signed as it is, and no key is made for it", async () => {
  const { authority, resources, inputs } = await make({ clients: [{ name: "alice", csr }] });
  expect(inputs("a-client-alice-certificate")).toMatchObject({ certRequestPem: csr });
  expect(named(resources, "a-client-alice")).toEqual(["a-client-alice-certificate"]);
  expect(authority.clients.alice).not.toHaveProperty("key");
});

test("another generation of a client has a new key, request and certificate, and nothing else is new", async () => {
  const { resources: before } = await make();
  const { resources: after } = await make({ clients: [{ name: "alice", generation: 2 }, { name: "ci" }] });
  const names = (all: Registered[]) => all.map(({ name }) => name);
  expect(names(after).filter((name) => !names(before).includes(name))).toEqual([
    "a-client-alice@2-key",
    "a-client-alice@2-request",
    "a-client-alice@2-certificate",
  ]);
});

test("another generation of the server's key changes nothing but the server", async () => {
  const { resources: before } = await make();
  const { resources: after } = await make({ rotation: { server: 2 } });
  const names = (all: Registered[]) => all.map(({ name }) => name);
  expect(names(after).filter((name) => !names(before).includes(name))).toEqual([
    "a-server@2-key",
    "a-server@2-request",
    "a-server@2-certificate",
  ]);
});

test("the inner pair is signed by an issuer of its own, and rotates with it", async () => {
  const { inputs } = await make();
  for (const name of ["a-inner-server-certificate", "a-inner-client-certificate"]) {
    expect(inputs(name)).toMatchObject({ caCertPem: "<a-inner-certificate>" });
  }
  const { resources } = await make({ rotation: { inner: 3 } });
  expect(named(resources, "inner").every((name) => name.startsWith("a-inner@3-"))).toBe(true);
});

test("what must be refused is on no list", async () => {
  const { authority } = await make();
  const allowed = await valueOf(authority.allowed);
  expect(allowed.map(({ name }) => name)).toEqual(["alice", "ci", "health"]);
});

describe("a change of the root", () => {
  test("begins with trust in both, clients on the new one with their own keys, and the server on the old one", async () => {
    const { authority, inputs } = await make({ rotation: { root: "1+2" } });
    expect(await valueOf(authority.root)).toBe("<a-root-certificate><a-root@2-certificate>");
    expect(inputs("a-server-certificate")).toMatchObject({ caCertPem: "<a-root-certificate>" });
    for (const name of ["a-client-alice", "a-client-health", "a-unlisted"]) {
      expect(inputs(`${name}-certificate@2`)).toMatchObject({
        certRequestPem: `request ${name}-request`,
        caCertPem: "<a-root@2-certificate>",
      });
    }
    expect((await valueOf(authority.moved)).map(({ name, root }) => [name, root])).toEqual([
      ["alice", 2],
      ["ci", 2],
    ]);
  });

  test("ends with the server on the new one with its own key, the clients as they are, and no trust in the old one", async () => {
    const { authority, inputs, resources } = await make({ rotation: { root: 2 } });
    expect(await valueOf(authority.root)).toBe("<a-root@2-certificate>");
    expect(inputs("a-server-certificate@2")).toMatchObject({
      certRequestPem: "request a-server-request",
      caCertPem: "<a-root@2-certificate>",
    });
    expect(inputs("a-client-alice-certificate@2")).toBeDefined();
    expect(named(resources, "a-root").every((name) => name.startsWith("a-root@2-"))).toBe(true);
  });
});
