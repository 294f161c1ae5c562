import { createPrivateKey, createPublicKey } from "node:crypto";
import * as fc from "fast-check";
import { plain, type PropertyMap, Secret, UNKNOWN } from "../../../../engine/providers/provider.ts";
import { derId, digest, parsePrivateKey } from "../../../../engine/providers/tls/key.ts";
import { openSshPrivateKey } from "../../../../engine/providers/tls/openSsh.ts";
import { privateKey } from "../../../../engine/providers/tls/privateKey.ts";
import { made } from "./context.ts";
import { Files, run } from "../../../support/openssl.ts";

const files = new Files();
afterAll(() => files.remove());

const outputs = async (properties: PropertyMap) =>
  plain((await made(privateKey, properties)).outputs) as Record<string, string>;

describe.each([
  [{ algorithm: "ECDSA", ecdsaCurve: "P256" }, "EC PRIVATE KEY", "ecdsa-sha2-nistp256"],
  [{ algorithm: "ED25519" }, "PRIVATE KEY", "ssh-ed25519"],
] as [PropertyMap, string, string][])("a key by %j", (properties, label, sshType) => {
  let key: Record<string, string>;
  beforeAll(async () => {
    key = await outputs(properties);
  });

  test("is the same key for openssl in both PEM encodings", () => {
    expect(key.privateKeyPem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n`));
    expect(key.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    for (const pem of [key.privateKeyPem, key.privateKeyPemPkcs8]) {
      expect(run("openssl", "pkey", "-in", files.write(pem), "-pubout")).toBe(key.publicKeyPem);
    }
  });

  test("is the same key for ssh-keygen, fingerprints too", () => {
    const file = files.write(key.privateKeyOpenssh);
    expect(run("ssh-keygen", "-y", "-f", file)).toBe(key.publicKeyOpenssh);
    expect(key.publicKeyOpenssh).toMatch(new RegExp(`^${sshType} [A-Za-z0-9+/]+=*\n$`));
    expect(run("ssh-keygen", "-lf", file)).toContain(` ${key.publicKeyFingerprintSha256} `);
    expect(run("ssh-keygen", "-E", "md5", "-lf", file)).toContain(` MD5:${key.publicKeyFingerprintMd5} `);
  });

  test("has the SHA-1 of its public key as id", () => {
    const der = files.write("");
    run("openssl", "pkey", "-pubin", "-in", files.write(key.publicKeyPem), "-outform", "DER", "-out", der);
    expect(run("openssl", "sha1", "-r", der)).toBe(`${key.id} *${der}\n`);
  });
});

test("the state has every computed default, and every private encoding as a secret", async () => {
  const { inputs, outputs: state } = await made(privateKey, { algorithm: "ED25519" });
  expect(inputs).toEqual({ algorithm: "ED25519" });
  expect(state).toMatchObject({ algorithm: "ED25519", ecdsaCurve: "P224", rsaBits: 2048 });
  expect(
    Object.keys(state)
      .filter((name) => state[name] instanceof Secret)
      .sort(),
  ).toEqual(["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]);
});

test.each([
  ["30410a", "3041"],
  ["304120090a0b0c0d", "3041"],
  ["3041c2a0e38080", "3041"],
  ["3041a0", "3041a0"],
  ["30410a41", "30410a41"],
])("an id is the SHA-1 of DER %s without the white space at its end", (der, trimmed) => {
  expect(derId(Buffer.from(der, "hex"))).toBe(digest("sha1", Buffer.from(trimmed, "hex")).toString("hex"));
});

test("every change replaces, a default that is written out changes nothing", async () => {
  const key = await made(privateKey, { algorithm: "ED25519" });
  const diff = (news: PropertyMap) => privateKey.diff(key, news);
  expect(diff({ algorithm: "ED25519", ecdsaCurve: "P224" })).toEqual({ changed: [], replace: [] });
  expect(diff({ algorithm: "ECDSA", ecdsaCurve: "P256" })).toEqual({
    changed: ["algorithm", "ecdsaCurve"],
    replace: ["algorithm", "ecdsaCurve"],
  });
  expect(diff({ algorithm: UNKNOWN })).toEqual({ changed: ["algorithm"], replace: ["algorithm"] });
});

test.each([
  [{}, "algorithm"],
  [{ algorithm: "RSA" }, "algorithm"],
  [{ algorithm: "ECDSA" }, "ecdsaCurve"],
  [{ algorithm: "ECDSA", ecdsaCurve: "P384" }, "ecdsaCurve"],
  [{ algorithm: "ED25519", rsaBits: 4096 }, "rsaBits"],
])("check refuses %j", (properties, property) => {
  expect(privateKey.check(properties as PropertyMap).failures.map((failure) => failure.property)).toEqual([
    property,
  ]);
});

test("what can't be read as a private key is an error that doesn't repeat it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), (text) => {
      expect(() =>
        parsePrivateKey(`-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`),
      ).toThrow(/^the private key is not PEM text of an unencrypted key/);
    }),
  );
});

test("any Ed25519 key, one that starts with zeros too, survives OpenSSH's format", () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      fc.oneof(
        seed,
        seed.map((bytes) => bytes.fill(0, 0, 4)),
      ),
      (bytes) => {
        const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes]);
        const key = createPrivateKey({ key: der, type: "pkcs8", format: "der" });
        const body = openSshPrivateKey(key).split("\n").slice(1, -2).join("");
        const { x } = createPublicKey(key).export({ format: "jwk" });
        // PROTOCOL.key: a private Ed25519 key is its seed and its public key.
        expect(
          Buffer.from(body, "base64").includes(Buffer.concat([bytes, Buffer.from(x!, "base64url")])),
        ).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});
