import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Encrypter } from "age-encryption";
import { quote } from "../shared/shell.ts";
import { UserError } from "../shared/userError.ts";
import { bundleEntries, tarArchive } from "./archive.ts";
import { userPath } from "../shared/userPath.ts";
import type { Bundle } from "./bundle.ts";
import { instructions } from "./instructions.ts";

const header = "age-encryption.org/v1";

/**
 * Writes an archive that only the recipients, or who knows the passphrase, can read: the folder CLIENT/ with the
 * bundle, and CLIENT.md beside it.
 *
 * @param given where to, default `CLIENT.tar.age`
 * @throws UserError when something else is there, or it can't be written
 */
export async function writeEncrypted(
  bundle: Bundle,
  given: string | undefined,
  lock: { recipients: string[] } | { passphrase: string },
): Promise<void> {
  const { client, stack, certificate } = bundle;
  const file = userPath(given ?? `${client}.tar.age`);
  refuseOther(file);
  const entries = [
    { name: `${client}/`, mode: 0o700 },
    ...bundleEntries(bundle, `${client}/`),
    { name: `${client}.md`, mode: 0o644, content: instructions(bundle) },
  ];
  const archive = await tarArchive(entries, certificate.validFromDate);
  replace(file, await encrypted(archive, lock));
  const identity = "passphrase" in lock ? "" : "-i key.txt ";
  process.stderr.write(
    `The bundle of ${client}, with instructions, is encrypted in ${file}. Its receiver unpacks it with:\n` +
      `  mkdir -p -m 700 ~/.docker/remote/${quote(stack)}\n` +
      `  age -d ${identity}${quote(`${client}.tar.age`)} | tar -x -C ~/.docker/remote/${quote(stack)}\n`,
  );
}

async function encrypted(
  archive: Buffer,
  lock: { recipients: string[] } | { passphrase: string },
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  if ("passphrase" in lock) encrypter.setPassphrase(lock.passphrase);
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(archive);
}

function refuseOther(file: string): void {
  const start = beginning(file);
  if (start === undefined || start === header) return;
  throw new UserError(`${file} is there already and isn't an encrypted bundle: name another file with --out`);
}

/** What the file begins with, or undefined where there is none. */
function beginning(file: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const start = Buffer.alloc(header.length);
    return start.toString("utf8", 0, readSync(descriptor, start));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(
      `${file} can't be written (${(error as Error).message}): name another file with --out`,
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function replace(file: string, content: Uint8Array): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, content, { mode: 0o600, flag: "wx" });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new UserError(
      `${file} can't be written (${(error as Error).message}): name another file with --out`,
    );
  }
}
