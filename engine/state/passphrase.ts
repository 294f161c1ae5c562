import { readFileSync } from "node:fs";
import { UserError, messageOf } from "../errors.ts";
import { Cipher } from "./secrets.ts";

const ciphers = new Map<string, Promise<Cipher>>();

/** The cipher for a salt; deriving its key takes a third of a second, so it is done once in a process. */
export function cipherFor(salt: string): Promise<Cipher> {
  const existing = ciphers.get(salt);
  if (existing) return existing;
  const cipher = Promise.resolve().then(() => Cipher.open(salt, passphrase()));
  // Whoever awaits it sees the failure; until then it is no unhandled rejection.
  cipher.catch(() => undefined);
  ciphers.set(salt, cipher);
  return cipher;
}

/** A cipher with a new salt. */
export async function newCipher(): Promise<Cipher> {
  const cipher = await Cipher.create(passphrase());
  ciphers.set(cipher.salt, Promise.resolve(cipher));
  return cipher;
}

/** @throws UserError when the environment names neither a passphrase nor a readable file */
function passphrase(): string {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (text !== undefined) return text;
  if (!file) {
    throw new UserError(
      "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    );
  }
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new UserError(`PULUMI_CONFIG_PASSPHRASE_FILE: unable to read the passphrase: ${messageOf(error)}`);
  }
}
