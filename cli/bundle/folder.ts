import { createPrivateKey, X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../shared/userError.ts";
import { userPath } from "../shared/userPath.ts";
import { type Bundle, commonName } from "./bundle.ts";
import { instructions } from "./instructions.ts";
import { instructionsMark } from "./instructionsMark.ts";

const bundleNames = ["ca.pem", "cert.pem", "key.pem"];

/**
 * Writes the bundle as a folder (0700) that DOCKER_CERT_PATH can point at, and the instructions beside it, FOLDER.md.
 * An older bundle of the same client is brought up to date; a key that the client made itself stays.
 *
 * @param given default `~/.docker/remote/STACK/CLIENT`
 * @throws UserError when something else is there, or it can't be written; nothing was changed then
 */
export function writeFolder(bundle: Bundle, given: string | undefined): void {
  const { client, stack, files } = bundle;
  const folder = given === undefined ? join(homedir(), ".docker", "remote", stack, client) : userPath(given);
  const text = `${folder}.md`;
  try {
    refuseOther(bundle, folder);
    refuseOtherText(text);
    write(bundle, folder);
    fs.writeFileSync(text, instructions(bundle));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${folder} can't be written (${(error as Error).message}): name another folder with --out`,
    );
  }
  const key = files.length === 3 ? "" : `${client}'s own key belongs beside cert.pem as key.pem (0400). `;
  process.stderr.write(`The bundle of ${client} is in ${folder}. ${key}The instructions are in ${text}.\n`);
}

/** A reader of the folder must never meet half a file or a stray one: everything is made beside it. */
function write({ files }: Bundle, folder: string): void {
  fs.mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const beside = fs.mkdtempSync(`${folder}.new-`);
  try {
    for (const { name, mode, content } of files) {
      fs.writeFileSync(join(beside, name), content, { mode: 0o600 });
      fs.chmodSync(join(beside, name), mode);
    }
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(folder, 0o700);
    for (const { name } of files) fs.renameSync(join(beside, name), join(folder, name));
  } finally {
    fs.rmSync(beside, { recursive: true });
  }
}

function refuseOther({ client, certificate, files }: Bundle, folder: string): void {
  if (!fs.existsSync(folder)) return;
  const refuse = (what: string): never => {
    throw new UserError(`${folder} ${what}: name another folder with --out, or empty this one`);
  };
  if (!fs.statSync(folder).isDirectory()) refuse("is not a folder");
  const there = fs.readdirSync(folder);
  const strangers = there.filter((name) => !bundleNames.includes(name));
  if (strangers.length > 0) refuse(`holds other things than a bundle (${strangers.slice(0, 3).join(", ")})`);
  const before = join(folder, "cert.pem");
  if (fs.existsSync(before)) {
    const owner = ownerOf(before);
    if (owner !== client) refuse(`holds another bundle (cert.pem is ${owner ?? "nobody"}'s)`);
  }
  const key = join(folder, "key.pem");
  if (!fs.existsSync(key) || (files.length === 3 && fs.existsSync(before))) return;
  if (!belongs(key, certificate)) {
    refuse(`has a key.pem that doesn't belong to the certificate of ${client}; put the right one there`);
  }
}

function refuseOtherText(file: string): void {
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8").startsWith(instructionsMark)) return;
  throw new UserError(
    `${file}, where the instructions belong, is there already and is something else: name another folder with --out`,
  );
}

function ownerOf(certificate: string): string | undefined {
  try {
    return commonName(new X509Certificate(fs.readFileSync(certificate)));
  } catch {
    return undefined;
  }
}

function belongs(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(fs.readFileSync(key)));
  } catch {
    return false;
  }
}
