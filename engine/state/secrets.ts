import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";

/**
 * The passphrase format: PBKDF2-SHA256 and AES-256-GCM.
 * Source: sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go in github.com/pulumi/pulumi.
 */
const iterations = 1_000_000;
const derive = promisify(pbkdf2);
const known = "pulumi";

/** What encrypts and decrypts a stack's secrets. */
export type Crypter = Pick<Cipher, "encrypt" | "decrypt" | "salt">;

/** Encrypts and decrypts with one key. */
export class Cipher {
  /** What the state and Pulumi.<stack>.yaml keep of the passphrase: salt and a known text encrypted. */
  readonly salt: string;
  readonly #key: Buffer;

  private constructor(key: Buffer, salt: string) {
    this.#key = key;
    this.salt = salt;
  }

  /** @throws UserError when the passphrase is not the one that the salt was made with */
  static async open(salt: string, passphrase: string): Promise<Cipher> {
    const [version, bytes, ...check] = salt.split(":");
    if (version !== "v1" || !bytes || check.length === 0) {
      throw new UserError(
        `encryptionsalt: ${JSON.stringify(salt)} is not a salt; take it over from the stack's state`,
      );
    }
    const cipher = new Cipher(await deriveKey(passphrase, Buffer.from(bytes, "base64")), salt);
    try {
      if (cipher.decrypt(check.join(":")) === known) return cipher;
    } catch {
      // GCM says that the key is wrong by failing.
    }
    throw new UserError(
      "incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of this stack",
    );
  }

  static async create(passphrase: string): Promise<Cipher> {
    const bytes = randomBytes(8);
    const key = await deriveKey(passphrase, bytes);
    const check = new Cipher(key, "").encrypt(known);
    return new Cipher(key, `v1:${bytes.toString("base64")}:${check}`);
  }

  encrypt(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  }

  decrypt(ciphertext: string): string {
    const [version, nonce, sealed] = ciphertext.split(":");
    if (version !== "v1" || !nonce || !sealed)
      throw new UserError("an encrypted value is not in the form v1:nonce:data");
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
  }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  return derive(passphrase, salt, iterations, 32, "sha256");
}
