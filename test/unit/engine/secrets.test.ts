import { UserError } from "../../../engine/errors";
import { Secret, UNKNOWN } from "../../../engine/providers/provider";
import { Cipher } from "../../../engine/state/secrets";
import { ValueCodec, encodeInTheClear } from "../../../engine/state/values";

// Written by the official CLI 3.260.0 with the passphrase "abc".
const salt = "v1:2muYXKWTI5A=:v1:Ie+KpwJxdMcJg0Ev:T9ZwEnpfAIw32uFQzoE8cHUaZ7T48g==";
const sealed = "v1:ONvQNd+Czhs3/+BI:Ol6UlyOgXTyQydbnAN4gfI9nP6y3hG3j";
const signature = "4dabf18193072939515e22adb298388d";
const secret = "1b47061264138c4ac30d75fd1eb44270";

test("what the official CLI encrypted can be read with its passphrase", async () => {
  const crypter = await Cipher.open(salt, "abc");
  expect(crypter.decrypt(sealed)).toBe('"sesame"');
});

test("a wrong passphrase is a clear error", async () => {
  await expect(Cipher.open(salt, "abd")).rejects.toThrow(UserError);
  await expect(Cipher.open(salt, "abd")).rejects.toThrow(/incorrect passphrase/);
});

test("a salt that is no salt is named", async () => {
  await expect(Cipher.open("v2:x", "abc")).rejects.toThrow(/"v2:x" is not a salt/);
});

test("a new salt opens with the passphrase that it was made with, and what it encrypts is different each time", async () => {
  const made = await Cipher.create("swordfish");
  const opened = await Cipher.open(made.salt, "swordfish");
  const [one, other] = [made.encrypt("text ✓"), made.encrypt("text ✓")];
  expect(one).not.toBe(other);
  expect([opened.decrypt(one), opened.decrypt(other)]).toEqual(["text ✓", "text ✓"]);
});

test("changed ciphertext is refused, not decrypted to something else", async () => {
  const crypter = await Cipher.open(salt, "abc");
  const [version, nonce, data = ""] = sealed.split(":");
  expect(() => crypter.decrypt([version, nonce, `A${data.slice(1)}`].join(":"))).toThrow();
});

describe("values in the state", () => {
  const crypter = {
    salt: "",
    encrypt: (text: string) => `${Math.random()}|${text}`,
    decrypt: (text: string) => text.slice(text.indexOf("|") + 1),
  };

  test("no secret is written in plain, at whatever depth", () => {
    const json = new ValueCodec({ ...crypter, encrypt: () => "sealed" }).encodeMap(
      { list: [{ deep: new Secret("hidden") }], outer: new Secret({ inner: new Secret("hidden") }) },
      "urn",
    );
    expect(JSON.stringify(json)).not.toContain("hidden");
  });

  test("a secret inside a secret keeps plain JSON in its own ciphertext, within the outer one", () => {
    const value = new Secret({ user: "root", key: new Secret("k") });
    const json = new ValueCodec(crypter).encode(value, "urn") as { ciphertext: string };
    expect(JSON.parse(crypter.decrypt(json.ciphertext))).toEqual({
      user: "root",
      key: { [signature]: secret, ciphertext: '"k"' },
    });
    expect(new ValueCodec(crypter).decode(json, "urn")).toEqual(value);
  });

  test("an unchanged secret keeps its ciphertext, but no two resources share one", () => {
    const codec = new ValueCodec(crypter);
    const json = { [signature]: secret, ciphertext: '1|{"b":1,"a":2}' };
    const value = codec.decode(json, "urn");
    expect(codec.encode(value, "urn")).toEqual(json);
    expect(codec.encode(new Secret({ a: 2, b: 1 }), "urn")).toEqual(json);
    expect(codec.encode(value, "other")).not.toEqual(json);
  });

  test("without the passphrase a secret reads as [secret] and can't be written", () => {
    const codec = new ValueCodec(undefined);
    expect(codec.decode({ [signature]: secret, ciphertext: "x" }, "urn")).toEqual(new Secret("[secret]"));
    expect(() => codec.encode(new Secret("x"), "urn")).toThrow(/passphrase/);
  });

  test("an export with secrets in the clear can be read back", () => {
    const json = encodeInTheClear(new Secret({ a: [1, new Secret("x")] }));
    expect(JSON.stringify(json)).not.toContain("ciphertext");
    expect(json).toMatchObject({ [signature]: secret, plaintext: expect.stringContaining('"a"') as string });
    expect(new ValueCodec(undefined).decode(json, "urn")).toEqual(new Secret({ a: [1, new Secret("x")] }));
  });

  test("what isn't known is the unknown string", () => {
    expect(new ValueCodec(undefined).encode(UNKNOWN, "urn")).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
  });
});
