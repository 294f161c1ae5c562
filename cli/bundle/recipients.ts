import { readFileSync } from "node:fs";
import { Encrypter } from "age-encryption";
import { UserError } from "../shared/userError.ts";
import { userPath } from "../shared/userPath.ts";

/**
 * The age public keys that a user means: each argument is one, or a file with one in each line.
 *
 * @throws UserError when something isn't a public key
 */
export function readRecipients(given: string[]): string[] {
  return given.flatMap((argument) =>
    /^age1/.test(argument) ? [checked(argument, "--age")] : readFile(argument),
  );
}

function readFile(argument: string): string[] {
  refuseForeign(argument, "--age");
  let text: string;
  try {
    text = readFileSync(userPath(argument), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `--age ${argument}: neither an age public key (age1…) nor a file that can be read (${code}); ${howToGetOne}`,
    );
  }
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.flatMap((line, index) =>
    line === "" || line.startsWith("#") ? [] : [checked(line, `--age ${argument}, line ${index + 1}`)],
  );
  if (keys.length === 0)
    throw new UserError(`--age ${argument}: the file has no public key in it; ${howToGetOne}`);
  return keys;
}

const howToGetOne =
  "the person makes a key pair with: age-keygen -o key.txt, and sends you the line «Public key»";

function checked(key: string, place: string): string {
  refuseForeign(key, place);
  try {
    new Encrypter().addRecipient(key);
    return key;
  } catch {
    throw new UserError(`${place}: ${JSON.stringify(key)} is not an age public key; ${howToGetOne}`);
  }
}

function refuseForeign(key: string, place: string): void {
  // Never repeat a private key: the message may end in a log.
  if (/^AGE-SECRET-KEY-/i.test(key)) {
    throw new UserError(
      `${place}: that is a private key (AGE-SECRET-KEY-…); give the public key, which age-keygen -y FILE prints`,
    );
  }
  if (/^(ssh-|ecdsa-|sk-)\S+ /.test(key)) {
    throw new UserError(`${place}: SSH keys can't be encrypted for here; ${howToGetOne}`);
  }
}
