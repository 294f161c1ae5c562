import { generateKeyPairSync } from "node:crypto";
import { selfSignedCert } from "../../../../engine/providers/tls/selfSignedCert.ts";
import { newAuthority, newKey, request, Root, text } from "./certificates.ts";
import { testContext } from "./context.ts";

let root: Root;
beforeAll(async () => {
  root = await Root.make();
});

describe("an error", () => {
  test.each([
    [{ privateKeyPem: "x", validityPeriodHours: 1 }, ["allowedUses"]],
    [
      { privateKeyPem: "x", validityPeriodHours: -1, allowedUses: ["signing"] },
      ["allowedUses[0]", "validityPeriodHours"],
    ],
    [
      {
        privateKeyPem: "x",
        validityPeriodHours: 1,
        allowedUses: [],
        setAuthorityKeyId: true,
        maxPathLength: 1,
      },
      ["maxPathLength", "setAuthorityKeyId"],
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
    await expect(newAuthority(root.key, { subject: null })).rejects.toThrow("needs a subject");
  });

  test("is another key than the authority's", async () => {
    const attempt = root.sign(text(await request(), "certRequestPem"), { caPrivateKeyPem: await newKey() });
    await expect(attempt).rejects.toThrow(
      "caPrivateKeyPem is not the private key of the certificate in caCertPem",
    );
  });

  test("names what can't be read", async () => {
    await expect(root.sign("nonsense")).rejects.toThrow("certRequestPem can't be read");
    await expect(
      root.sign(text(await request(), "certRequestPem"), { caCertPem: "nonsense" }),
    ).rejects.toThrow("caCertPem can't be read");
    await expect(request({ privateKeyPem: "s3cret" })).rejects.toThrow(/^the private key is not PEM text/);
  });

  test("is a key of a kind that can't sign here", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    await expect(request({ privateKeyPem })).rejects.toThrow(
      "a private key of type ec secp384r1 is not supported by the offline engine; use ECDSA on P256, or ED25519",
    );
  });

  test("is not an issuer that is no authority, but a warning", async () => {
    const context = testContext();
    const self = await newAuthority(root.key, { isCaCertificate: false, setSubjectKeyId: true });
    await root.sign(text(await request(), "certRequestPem"), { caCertPem: text(self, "certPem") }, context);
    expect(context.lines).toEqual([expect.stringContaining("not a certificate authority's")]);
  });
});
