import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Authority } from "../../../components/authority/authority";
import { mockPulumi, valueOf } from "../../support/mocks";

const certificate = readFileSync(join(__dirname, "certificate.pem"), "utf8");
// `openssl x509 -in certificate.pem -outform DER | sha256sum`
const certificateFingerprint = readFileSync(join(__dirname, "certificate.sha256"), "utf8").trim();

const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": (_, name) => ({ privateKeyPemPkcs8: `private key of ${name}` }),
  "tls:index/selfSignedCert:SelfSignedCert": (_, name) => ({
    certPem: `certificate ${name}`,
    validityEndTime: "2036",
  }),
  "tls:index/certRequest:CertRequest": (_, name) => ({ certRequestPem: `request ${name}` }),
  "tls:index/locallySignedCert:LocallySignedCert": () => ({ certPem: certificate, validityEndTime: "2027" }),
});

const authority = new Authority("a", {
  addresses: ["203.0.113.7", "10.0.0.5", "203.0.113.7"],
  serverNames: ["docker.example.com", "localhost"],
  clients: [{ name: "alice" }, { name: "ci", validityHours: 72 }],
});

beforeAll(() => valueOf(authority.allowed));

const inputs = (name: string) => registered.find((resource) => resource.name === name)?.inputs;

test("every key is ECDSA P-256", () => {
  const keys = registered.filter(({ type }) => type === "tls:index/privateKey:PrivateKey");
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key.inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
});

test("the server's certificate is for every address and name that clients may dial, and for servers only", () => {
  expect(inputs("a-server-request")).toMatchObject({
    ipAddresses: ["127.0.0.1", "203.0.113.7", "10.0.0.5"],
    dnsNames: ["localhost", "docker.example.com"],
  });
  expect(inputs("a-server-certificate")).toMatchObject({ allowedUses: ["digital_signature", "server_auth"] });
});

test("each client has a certificate of the root's with its name, for clients only, and so has the health check", () => {
  for (const name of ["alice", "ci", "health"]) {
    expect(inputs(`a-client-${name}-request`)).toMatchObject({ subject: { commonName: name } });
    expect(inputs(`a-client-${name}-certificate`)).toMatchObject({
      allowedUses: ["digital_signature", "client_auth"],
      caCertPem: "certificate a-root-certificate",
    });
  }
  expect(Object.keys(authority.clients)).toEqual(["alice", "ci", "health"]);
});

test("a client's own lifetime is its certificate's", () => {
  expect(inputs("a-client-ci-certificate")).toMatchObject({ validityPeriodHours: 72, earlyRenewalHours: 24 });
});

test("the inner pair is signed by an issuer of its own", () => {
  for (const name of ["a-inner-server-certificate", "a-inner-client-certificate"]) {
    expect(inputs(name)).toMatchObject({ caCertPem: "certificate a-inner-certificate" });
  }
});

test("what must be refused is on no list", async () => {
  const allowed = await valueOf(authority.allowed);
  expect(allowed).toEqual(
    ["alice", "ci", "health"].map((name) => ({ name, fingerprint: certificateFingerprint })),
  );
});
