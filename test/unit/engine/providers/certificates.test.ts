import { X509Certificate } from "node:crypto";
import * as fc from "fast-check";
import {
  plain,
  type PropertyMap,
  type ResourceState,
  Secret,
  UNKNOWN,
} from "../../../../engine/providers/provider.ts";
import { certRequest } from "../../../../engine/providers/tls/certRequest.ts";
import { locallySignedCert } from "../../../../engine/providers/tls/locallySignedCert.ts";
import { privateKey } from "../../../../engine/providers/tls/privateKey.ts";
import { selfSignedCert } from "../../../../engine/providers/tls/selfSignedCert.ts";
import { made, testContext } from "./context.ts";
import { extensions, Files, refusal, run } from "../../../support/openssl.ts";

// Loading the X.509 library takes a busy computer its time.
jest.setTimeout(30_000);

const files = new Files();
afterAll(() => files.remove());

const text = (state: ResourceState, name: string) => plain(state.outputs[name]) as string;

async function newKey(properties: PropertyMap = { algorithm: "ECDSA", ecdsaCurve: "P256" }): Promise<string> {
  return text(await made(privateKey, properties), "privateKeyPem");
}

const authorityUses = { isCaCertificate: true, allowedUses: ["cert_signing", "crl_signing"] };

async function newAuthority(privateKeyPem: string, properties: PropertyMap = {}) {
  return made(selfSignedCert, {
    privateKeyPem,
    subject: { commonName: "root", organization: "test" },
    validityPeriodHours: 87600,
    ...authorityUses,
    ...properties,
  });
}

let rootKey: string;
let root: Awaited<ReturnType<typeof newAuthority>>;
beforeAll(async () => {
  rootKey = await newKey();
  root = await newAuthority(rootKey);
});

async function request(properties: PropertyMap = {}) {
  return made(certRequest, { privateKeyPem: await newKey(), subject: { commonName: "leaf" }, ...properties });
}

async function sign(certRequestPem: string, properties: PropertyMap = {}, context = testContext()) {
  const issuer = { caPrivateKeyPem: new Secret(rootKey), caCertPem: text(root, "certPem") };
  return made(
    locallySignedCert,
    {
      certRequestPem,
      ...issuer,
      allowedUses: ["digital_signature", "server_auth"],
      validityPeriodHours: 24,
      ...properties,
    },
    context,
  );
}

const pemFile = (state: ResourceState, name = "certPem") => files.write(text(state, name));

describe("a chain", () => {
  test.each([
    [{ algorithm: "ECDSA", ecdsaCurve: "P256" }, "ecdsa-with-SHA256"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P384" }, "ecdsa-with-SHA384"],
    [{ algorithm: "ECDSA", ecdsaCurve: "P521" }, "ecdsa-with-SHA512"],
    [{ algorithm: "ED25519" }, "ED25519"],
    [{ algorithm: "RSA" }, "sha256WithRSAEncryption"],
  ])("of %j keys is accepted by openssl's strictest check", async (properties, signature) => {
    const key = await newKey(properties);
    const authority = await newAuthority(key);
    const csr = await request({ privateKeyPem: key, dnsNames: ["localhost"] });
    expect(refusal("req", "-verify", "-noout", "-in", pemFile(csr, "certRequestPem"))).toBe("");
    const leaf = await sign(text(csr, "certRequestPem"), {
      caPrivateKeyPem: key,
      caCertPem: text(authority, "certPem"),
      setSubjectKeyId: true,
    });
    const verify = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", pemFile(authority)];
    expect(refusal(...verify, "-purpose", "sslserver", "-verify_hostname", "localhost", pemFile(leaf))).toBe(
      "",
    );
    expect(refusal(...verify, "-purpose", "sslclient", pemFile(leaf))).toContain(
      "unsuitable certificate purpose",
    );
    expect(run("openssl", "x509", "-in", pemFile(leaf), "-noout", "-text")).toContain(
      `Signature Algorithm: ${signature}`,
    );
    expect(leaf.outputs).toMatchObject({ caKeyAlgorithm: properties.algorithm });
    expect(authority.outputs).toMatchObject({ keyAlgorithm: properties.algorithm });
  });

  test("that another key signed is refused by openssl", async () => {
    const other = await newAuthority(await newKey());
    const leaf = await sign(text(await request(), "certRequestPem"));
    expect(refusal("verify", "-CAfile", pemFile(other), pemFile(leaf))).not.toBe("");
  });

  test("through an intermediate stops at its path length", async () => {
    // Names must differ: one that issued its own name doesn't count (RFC 5280, section 4.2.1.9).
    let count = 0;
    const [innerKey, deepKey] = [await newKey(), await newKey()];
    const authority = async (privateKeyPem: string, issuer: PropertyMap, properties: PropertyMap = {}) => {
      const csr = await request({ privateKeyPem, subject: { commonName: `intermediate ${++count}` } });
      return sign(text(csr, "certRequestPem"), { ...authorityUses, ...issuer, ...properties });
    };
    const inner = await authority(innerKey, {}, { maxPathLength: 0 });
    const innerIssuer = { caPrivateKeyPem: innerKey, caCertPem: text(inner, "certPem") };
    const leaf = await sign(text(await request(), "certRequestPem"), innerIssuer);
    const verify = ["verify", "-CAfile", pemFile(root), "-untrusted", pemFile(inner)];
    expect(refusal(...verify, pemFile(leaf))).toBe("");

    const deep = await authority(deepKey, innerIssuer);
    const deepLeaf = await sign(text(await request(), "certRequestPem"), {
      caPrivateKeyPem: deepKey,
      caCertPem: text(deep, "certPem"),
    });
    expect(refusal(...verify, "-untrusted", pemFile(deep), pemFile(deepLeaf))).toContain(
      "path length constraint exceeded",
    );
  });
});

describe("what is in a certificate", () => {
  test("of an authority", async () => {
    const keyId = run("openssl", "x509", "-in", pemFile(root), "-noout", "-ext", "subjectKeyIdentifier")
      .split("\n")[1]
      .trim();
    expect(Object.entries(extensions(pemFile(root)))).toEqual([
      ["X509v3 Key Usage", "critical Certificate Sign, CRL Sign"],
      ["X509v3 Basic Constraints", "critical CA:TRUE"],
      ["X509v3 Subject Key Identifier", keyId],
    ]);
  });

  test("of a leaf: names from the request, the authority's key identifier", async () => {
    const csr = await request({
      dnsNames: ["localhost", "a.example"],
      ipAddresses: ["127.0.0.1", "2001:db8::1"],
      uris: ["spiffe://example/leaf"],
    });
    const names =
      "DNS:localhost, DNS:a.example, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:spiffe://example/leaf";
    expect(extensions(pemFile(csr, "certRequestPem"), "req")).toEqual({
      "X509v3 Subject Alternative Name": names,
    });
    const leaf = await sign(text(csr, "certRequestPem"), {
      allowedUses: ["key_encipherment", "digital_signature", "client_auth"],
    });
    expect(extensions(pemFile(leaf))).toEqual({
      "X509v3 Key Usage": "critical Digital Signature, Key Encipherment",
      "X509v3 Extended Key Usage": "TLS Web Client Authentication",
      "X509v3 Basic Constraints": "critical CA:FALSE",
      "X509v3 Authority Key Identifier": extensions(pemFile(root))["X509v3 Subject Key Identifier"],
      "X509v3 Subject Alternative Name": names,
    });
  });

  test("of a leaf: addresses in every spelling, an IPv4 one in IPv6 as IPv4", async () => {
    const csr = await request({ ipAddresses: ["fe80:0::A", "::192.0.2.1", "::ffff:192.0.2.1"] });
    expect(extensions(pemFile(await sign(text(csr, "certRequestPem"))))).toMatchObject({
      "X509v3 Subject Alternative Name":
        "IP Address:FE80:0:0:0:0:0:0:A, IP Address:0:0:0:0:0:0:C000:201, IP Address:192.0.2.1",
    });
  });

  test("that signs itself and says so", async () => {
    const self = await newAuthority(await newKey(), { setAuthorityKeyId: true, maxPathLength: 1 });
    const found = extensions(pemFile(self));
    expect(found["X509v3 Authority Key Identifier"]).toBe(found["X509v3 Subject Key Identifier"]);
    expect(found["X509v3 Basic Constraints"]).toBe("critical CA:TRUE, pathlen:1");
  });

  test("the whole subject, text outside ASCII too", async () => {
    const subject = {
      commonName: "Zoë *",
      country: "CH",
      emailAddress: "zoe@example.org",
      locality: "Genève",
      organization: "Org",
      organizationalUnit: "Unit",
      postalCode: "1200",
      province: "GE",
      serialNumber: "42",
      streetAddresses: ["Rue 1"],
    };
    const self = await newAuthority(await newKey(), { subject });
    const parts = [
      "C=CH",
      "O=Org",
      "OU=Unit",
      "L=Genève",
      "ST=GE",
      "street=Rue 1",
      "postalCode=1200",
      "CN=Zoë *",
      "serialNumber=42",
      "emailAddress=zoe@example.org",
    ];
    expect(
      run(
        "openssl",
        "x509",
        "-in",
        pemFile(self),
        "-noout",
        "-subject",
        "-nameopt",
        "utf8,sep_comma_plus,sname",
      ),
    ).toBe(`subject=${parts.join(",")}\n`);
  });

  test("without a subject the names are critical", async () => {
    const csr = await request({ subject: null, dnsNames: ["localhost"] });
    expect(extensions(pemFile(csr, "certRequestPem"), "req")).toEqual({
      "X509v3 Subject Alternative Name": "critical DNS:localhost",
    });
  });

  test("all uses that the provider knows are known to openssl", async () => {
    const uses = [
      "digital_signature",
      "content_commitment",
      "key_encipherment",
      "data_encipherment",
      "key_agreement",
      "cert_signing",
      "crl_signing",
      "encipher_only",
      "decipher_only",
      "any_extended",
      "server_auth",
      "client_auth",
      "code_signing",
      "email_protection",
      "ipsec_end_system",
      "ipsec_tunnel",
      "ipsec_user",
      "timestamping",
      "ocsp_signing",
      "microsoft_server_gated_crypto",
      "netscape_server_gated_crypto",
      "microsoft_commercial_code_signing",
    ];
    const found = extensions(
      pemFile(await sign(text(await request(), "certRequestPem"), { allowedUses: uses })),
    );
    expect(found["X509v3 Key Usage"]).toBe(
      "critical Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment, Key Agreement, Certificate Sign, CRL Sign, Encipher Only, Decipher Only",
    );
    expect(found["X509v3 Extended Key Usage"]).toBe(
      "Any Extended Key Usage, TLS Web Server Authentication, TLS Web Client Authentication, Code Signing, E-mail Protection, IPSec End System, IPSec Tunnel, IPSec User, Time Stamping, OCSP Signing, Microsoft Server Gated Crypto, Netscape Server Gated Crypto, Microsoft Commercial Code Signing",
    );
  });
});

describe("the state", () => {
  test("of a request has the SHA-1 of its DER as id, and keeps the key secret", async () => {
    const csr = await request();
    const der = files.write("");
    run("openssl", "req", "-in", pemFile(csr, "certRequestPem"), "-outform", "DER", "-out", der);
    expect(run("openssl", "sha1", "-r", der)).toBe(`${csr.id} *${der}\n`);
    expect(csr.outputs).toMatchObject({
      id: csr.id,
      keyAlgorithm: "ECDSA",
      privateKeyPem: expect.any(Secret) as Secret,
    });
  });

  test("of a certificate has its serial number as id, its computed defaults and its lifetime", async () => {
    const leaf = await sign(text(await request(), "certRequestPem"));
    const certificate = new X509Certificate(text(leaf, "certPem"));
    expect(BigInt(`0x${certificate.serialNumber}`).toString()).toBe(leaf.id);
    expect(leaf.outputs).toMatchObject({
      id: leaf.id,
      earlyRenewalHours: 0,
      isCaCertificate: false,
      setSubjectKeyId: false,
      readyForRenewal: false,
      caPrivateKeyPem: expect.any(Secret) as Secret,
    });
    expect(leaf.outputs).not.toHaveProperty("setAuthorityKeyId");
    expect(leaf.outputs).not.toHaveProperty("maxPathLength");
    const [start, end] = [text(leaf, "validityStartTime"), text(leaf, "validityEndTime")];
    expect(start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(end) - Date.parse(start)).toBe(24 * 3600 * 1000);
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse(start));
    expect(Date.parse(certificate.validTo)).toBe(Date.parse(end));
    expect(root.outputs).toMatchObject({ setAuthorityKeyId: false, keyAlgorithm: "ECDSA" });
  });

  test("serial numbers are positive and differ", async () => {
    const csr = text(await request(), "certRequestPem");
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await sign(csr)).id));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(BigInt(id) > 0n && BigInt(id) < 2n ** 128n).toBe(true);
  });
});

describe("a change", () => {
  const none = { changed: [], replace: [] };

  test("of nothing is none, defaults written out or not", async () => {
    const leaf = await sign(text(await request(), "certRequestPem"));
    expect(locallySignedCert.diff(leaf, leaf.inputs)).toEqual(none);
    const explicit = { isCaCertificate: false, setSubjectKeyId: false, earlyRenewalHours: 0 };
    expect(locallySignedCert.diff(leaf, { ...leaf.inputs, ...explicit })).toEqual(none);
    const csr = await request();
    expect(certRequest.diff(csr, csr.inputs)).toEqual(none);
  });

  test("of a state by the official provider, nulls and nanoseconds in it, is none", () => {
    const outputs = {
      ...root.outputs,
      dnsNames: null,
      subject: { commonName: "root", organization: "test", country: null },
      validityEndTime: "2999-11-21T07:44:29.709522503Z",
      __meta: "{}",
    };
    expect(selfSignedCert.diff({ inputs: root.inputs, outputs }, root.inputs)).toEqual(none);
  });

  test.each([
    ["subject", { commonName: "other" }],
    ["dnsNames", ["a"]],
    ["validityPeriodHours", 1],
    ["allowedUses", ["cert_signing"]],
    ["isCaCertificate", false],
    ["maxPathLength", 3],
    ["setSubjectKeyId", true],
    ["setAuthorityKeyId", true],
    ["privateKeyPem", new Secret("another")],
    ["privateKeyPem", UNKNOWN],
  ] as [string, PropertyMap[string]][])("of %s replaces", (name, value) => {
    expect(selfSignedCert.diff(root, { ...root.inputs, [name]: value })).toEqual({
      changed: [name],
      replace: [name],
    });
  });

  test("of a secret into the same value that isn't one is none", () => {
    expect(selfSignedCert.diff(root, { ...root.inputs, privateKeyPem: rootKey })).toEqual(none);
  });

  test("of earlyRenewalHours updates, and keeps the certificate", async () => {
    const news = { ...root.inputs, earlyRenewalHours: 5 };
    expect(selfSignedCert.diff(root, news)).toEqual({ changed: ["earlyRenewalHours"], replace: [] });
    const { outputs } = await selfSignedCert.update!(root.id, root, news, testContext());
    expect(outputs).toEqual({ ...root.outputs, earlyRenewalHours: 5 });
  });
});

describe("early renewal", () => {
  const hours = (state: ResourceState, left: number): ResourceState => ({
    inputs: state.inputs,
    outputs: { ...state.outputs, validityEndTime: new Date(Date.now() + left * 3_600_000).toISOString() },
  });

  test("replaces exactly when fewer hours are left than earlyRenewalHours", async () => {
    const leaf = await sign(text(await request(), "certRequestPem"));
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 0, max: 20 }),
        (left, earlyRenewalHours) => {
          const state = hours(leaf, left + 0.5);
          state.outputs.earlyRenewalHours = earlyRenewalHours;
          const { replace } = locallySignedCert.diff(state, { ...leaf.inputs, earlyRenewalHours });
          expect(replace).toEqual(left + 0.5 <= earlyRenewalHours ? ["readyForRenewal"] : []);
        },
      ),
    );
  });

  test("is seen by a refresh, and taken back by an update once it is over", async () => {
    const leaf = await sign(text(await request(), "certRequestPem"), { earlyRenewalHours: 5 });
    const [far, near] = [hours(leaf, 6), hours(leaf, 4)];
    expect((await locallySignedCert.read!(leaf.id, far, testContext()))!.outputs).toEqual(far.outputs);
    const refreshed = (await locallySignedCert.read!(leaf.id, near, testContext()))!;
    expect(refreshed.outputs).toEqual({ ...near.outputs, readyForRenewal: true });
    const news = { ...leaf.inputs, earlyRenewalHours: 1 };
    expect(locallySignedCert.diff(refreshed, news)).toEqual({
      changed: ["earlyRenewalHours", "readyForRenewal"],
      replace: [],
    });
    const { outputs } = await locallySignedCert.update!(leaf.id, refreshed, news, testContext());
    expect(outputs).toMatchObject({ earlyRenewalHours: 1, readyForRenewal: false });
  });

  test("is always on when the window is as long as the life", async () => {
    const leaf = await sign(text(await request(), "certRequestPem"), {
      validityPeriodHours: 5,
      earlyRenewalHours: 5,
    });
    expect(leaf.outputs.readyForRenewal).toBe(true);
    expect(locallySignedCert.diff(leaf, leaf.inputs).replace).toEqual(["readyForRenewal"]);
  });
});

describe("an error", () => {
  test.each([
    [{ privateKeyPem: "x", validityPeriodHours: 1 }, ["allowedUses"]],
    [
      { privateKeyPem: "x", validityPeriodHours: -1, allowedUses: ["signing"] },
      ["allowedUses[0]", "validityPeriodHours"],
    ],
    [
      { privateKeyPem: "x", validityPeriodHours: 1, allowedUses: [], ipAddresses: ["1.2.3"] },
      ["ipAddresses[0]"],
    ],
    [{ privateKeyPem: "x", validityPeriodHours: 1.5, allowedUses: [] }, ["validityPeriodHours"]],
    [
      { privateKeyPem: "x", validityPeriodHours: 1, allowedUses: [], subject: { name: "x" } },
      ["subject.name"],
    ],
  ])("is told by check for %j", (properties, wrong) => {
    const { failures } = selfSignedCert.check(properties);
    expect(failures.map((failure) => failure.property).sort()).toEqual(wrong);
  });

  test("is an authority without a name", async () => {
    await expect(newAuthority(rootKey, { subject: null })).rejects.toThrow("needs a subject");
  });

  test("is a path length without an authority", async () => {
    await expect(newAuthority(rootKey, { isCaCertificate: false, maxPathLength: 1 })).rejects.toThrow(
      "maxPathLength",
    );
  });

  test("is an authority key identifier of nothing", async () => {
    const attempt = newAuthority(rootKey, { isCaCertificate: false, setAuthorityKeyId: true });
    await expect(attempt).rejects.toThrow("setSubjectKeyId");
  });

  test("is another key than the authority's", async () => {
    const attempt = sign(text(await request(), "certRequestPem"), { caPrivateKeyPem: await newKey() });
    await expect(attempt).rejects.toThrow(
      "caPrivateKeyPem is not the private key of the certificate in caCertPem",
    );
  });

  test("names what can't be read", async () => {
    await expect(sign("nonsense")).rejects.toThrow("certRequestPem can't be read");
    await expect(sign(text(await request(), "certRequestPem"), { caCertPem: "nonsense" })).rejects.toThrow(
      "caCertPem can't be read",
    );
    await expect(request({ privateKeyPem: "s3cret" })).rejects.toThrow(/^the private key is not PEM text/);
  });

  test("is a P224 key, which can't sign here", async () => {
    await expect(request({ privateKeyPem: await newKey({ algorithm: "ECDSA" }) })).rejects.toThrow(
      "P256, P384 or P521",
    );
  });

  test("is not an issuer that is no authority, but a warning", async () => {
    const context = testContext();
    const self = await newAuthority(rootKey, { isCaCertificate: false, setSubjectKeyId: true });
    await sign(text(await request(), "certRequestPem"), { caCertPem: text(self, "certPem") }, context);
    expect(context.lines).toEqual([expect.stringContaining("not a certificate authority's")]);
  });
});
