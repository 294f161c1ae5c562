import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ResourceState, Secret } from "../../../../engine/providers/provider.ts";
import { extensions, Files, refusal, run } from "../../../support/openssl.ts";
import { newAuthority, newKey, request, Root, text } from "./certificates.ts";

const files = new Files();
afterAll(() => files.remove());

const pemFile = (state: ResourceState, name = "certPem") => files.write(text(state, name));

let root: Root;
beforeAll(async () => {
  root = await Root.make();
});

describe("a chain", () => {
  test.each([
    [{ algorithm: "ECDSA", ecdsaCurve: "P256" }, "ecdsa-with-SHA256"],
    [{ algorithm: "ED25519" }, "ED25519"],
  ])("of %j keys is accepted by openssl's strictest check", async (properties, signature) => {
    const key = await newKey(properties);
    const authority = await newAuthority(key);
    const csr = await request({ privateKeyPem: key, dnsNames: ["localhost"] });
    expect(refusal("req", "-verify", "-noout", "-in", pemFile(csr, "certRequestPem"))).toBe("");
    const leaf = await root.sign(text(csr, "certRequestPem"), {
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
    const leaf = await root.sign(text(await request(), "certRequestPem"));
    expect(refusal("verify", "-CAfile", pemFile(other), pemFile(leaf))).not.toBe("");
  });

  test.each([
    ["rsa:2048", []],
    ["ec", ["-pkeyopt", "ec_paramgen_curve:secp384r1"]],
  ])("ends at a key that its holder made by %s, named in the request", async (type, options) => {
    const [key, csr] = [files.write(""), files.write("")];
    const names = [
      "-subj",
      "/O=Elsewhere/C=CH/CN=theirs",
      "-addext",
      "subjectAltName=URI:spiffe://example/leaf",
    ];
    run(
      "openssl",
      "req",
      "-new",
      "-newkey",
      type,
      ...options,
      "-nodes",
      "-keyout",
      key,
      "-out",
      csr,
      ...names,
    );
    const leaf = await root.sign(readFileSync(csr, "utf8"), {
      allowedUses: ["client_auth"],
      setSubjectKeyId: true,
    });
    expect(refusal("verify", "-x509_strict", "-CAfile", pemFile(root.certificate), pemFile(leaf))).toBe("");
    const found = new X509Certificate(text(leaf, "certPem"));
    expect([found.subject, found.subjectAltName]).toEqual([
      "O=Elsewhere\nC=CH\nCN=theirs",
      "URI:spiffe://example/leaf",
    ]);
    expect(found.publicKey.export({ type: "spki", format: "pem" })).toBe(
      run("openssl", "pkey", "-in", key, "-pubout"),
    );
  });
});

describe("what is in a certificate", () => {
  test("of an authority", async () => {
    const keyId = run(
      "openssl",
      "x509",
      "-in",
      pemFile(root.certificate),
      "-noout",
      "-ext",
      "subjectKeyIdentifier",
    )
      .split("\n")[1]
      .trim();
    expect(Object.entries(extensions(pemFile(root.certificate)))).toEqual([
      ["X509v3 Key Usage", "critical Certificate Sign, CRL Sign"],
      ["X509v3 Basic Constraints", "critical CA:TRUE"],
      ["X509v3 Subject Key Identifier", keyId],
    ]);
  });

  test("of a leaf: names from the request, the authority's key identifier", async () => {
    const csr = await request({
      dnsNames: ["localhost", "a.example"],
      ipAddresses: ["127.0.0.1", "2001:db8::1"],
    });
    const names = "DNS:localhost, DNS:a.example, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1";
    expect(extensions(pemFile(csr, "certRequestPem"), "req")).toEqual({
      "X509v3 Subject Alternative Name": names,
    });
    const leaf = await root.sign(text(csr, "certRequestPem"), {
      allowedUses: ["key_encipherment", "digital_signature", "client_auth"],
    });
    expect(extensions(pemFile(leaf))).toEqual({
      "X509v3 Key Usage": "critical Digital Signature, Key Encipherment",
      "X509v3 Extended Key Usage": "TLS Web Client Authentication",
      "X509v3 Basic Constraints": "critical CA:FALSE",
      "X509v3 Authority Key Identifier": extensions(pemFile(root.certificate))[
        "X509v3 Subject Key Identifier"
      ],
      "X509v3 Subject Alternative Name": names,
    });
  });

  test("of a leaf: addresses in every spelling, an IPv4 one in IPv6 as IPv4", async () => {
    const csr = await request({ ipAddresses: ["fe80:0::A", "::192.0.2.1", "::ffff:192.0.2.1"] });
    expect(extensions(pemFile(await root.sign(text(csr, "certRequestPem"))))).toMatchObject({
      "X509v3 Subject Alternative Name":
        "IP Address:FE80:0:0:0:0:0:0:A, IP Address:0:0:0:0:0:0:C000:201, IP Address:192.0.2.1",
    });
  });

  test("the subject, text outside ASCII too", async () => {
    const self = await newAuthority(await newKey(), {
      subject: { commonName: "Zoë *", organization: "Org" },
    });
    const nameOptions = ["-subject", "-nameopt", "utf8,sep_comma_plus,sname"];
    expect(run("openssl", "x509", "-in", pemFile(self), "-noout", ...nameOptions)).toBe(
      "subject=O=Org,CN=Zoë *\n",
    );
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
      "key_encipherment",
      "cert_signing",
      "crl_signing",
      "server_auth",
      "client_auth",
    ];
    const found = extensions(
      pemFile(await root.sign(text(await request(), "certRequestPem"), { allowedUses: uses })),
    );
    expect(found["X509v3 Key Usage"]).toBe(
      "critical Digital Signature, Key Encipherment, Certificate Sign, CRL Sign",
    );
    expect(found["X509v3 Extended Key Usage"]).toBe(
      "TLS Web Server Authentication, TLS Web Client Authentication",
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
    const leaf = await root.sign(text(await request(), "certRequestPem"));
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
    expect(root.certificate.outputs).toMatchObject({ setAuthorityKeyId: false, keyAlgorithm: "ECDSA" });
  });

  test("serial numbers are positive and differ", async () => {
    const csr = text(await request(), "certRequestPem");
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await root.sign(csr)).id));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(BigInt(id) > 0n && BigInt(id) < 2n ** 128n).toBe(true);
  });
});
