import { Cipher } from "./secrets.ts";

/** What encrypts and decrypts a stack's secrets. */
export type Crypter = Pick<Cipher, "encrypt" | "decrypt" | "salt">;

/** @throws UserError when the salt was made with another passphrase */
export function openCrypter(passphrase: string, salt: string): Promise<Crypter> {
  return Cipher.open(salt, passphrase);
}

/** With a new salt. */
export function newCrypter(passphrase: string): Promise<Crypter> {
  return Cipher.create(passphrase);
}
