import { readFileSync } from "node:fs";

import { UserError } from "../errors.ts";
import type { ProgramConfig } from "../program/config.ts";
import { holdsSecret, programConfig } from "../program/config.ts";
import type { Project } from "../program/project.ts";
import { findProject } from "../program/project.ts";
import { StackFile } from "../program/stackFile.ts";
import { backendUrl, selectedStack, stackName } from "../program/workspace.ts";
import { FileBackend } from "../state/backend.ts";
import type { Checkpoint } from "../state/file.ts";
import { Cipher, type Crypter } from "../state/secrets.ts";
import { askHidden } from "./prompt.ts";

/** What every command works with. */
export interface Session {
  project: Project;
  backend: FileBackend;
}

export interface StackSession extends Session {
  stack: string;
  file: StackFile;
}

export function openSession(): Session {
  const project = findProject(process.cwd());
  return { project, backend: new FileBackend(backendUrl(project), project.name) };
}

/** The stack by --stack, PULUMI_STACK or `stack select`. */
export function openStack(option: string | undefined): StackSession {
  const session = openSession();
  const chosen = option || process.env.PULUMI_STACK;
  const stack = chosen
    ? stackName(chosen, session.project)
    : selectedStack(session.project, session.backend.url);
  if (!stack) throw new UserError("no stack selected; use `stack select`, `stack init` or --stack <name>");
  if (!session.backend.exists(stack)) {
    throw noStack(stack);
  }
  return { ...session, stack, file: new StackFile(session.project, stack) };
}

/** The stack's keys; each is derived once in a process, and without waiting for it. */
export class Keys {
  private readonly crypters = new Map<string, Promise<Crypter>>();
  private phrase: Promise<string> | undefined;

  open(salt: string): Promise<Crypter> {
    const known = this.crypters.get(salt);
    if (known) return known;
    const crypter = this.passphrase().then((phrase) => Cipher.open(salt, phrase));
    // Whoever awaits it gets the error; until then it isn't unhandled.
    crypter.catch(() => undefined);
    this.crypters.set(salt, crypter);
    return crypter;
  }

  /** For a stack without a salt. */
  async make(): Promise<Crypter> {
    const crypter = await Cipher.create(await this.passphrase());
    this.crypters.set(crypter.salt, Promise.resolve(crypter));
    return crypter;
  }

  private passphrase(): Promise<string> {
    return (this.phrase ??= readPassphrase());
  }
}

async function readPassphrase(): Promise<string> {
  const { PULUMI_CONFIG_PASSPHRASE: phrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (phrase !== undefined) return phrase;
  if (file) {
    try {
      return readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new UserError(`PULUMI_CONFIG_PASSPHRASE_FILE: ${(error as Error).message}`);
    }
  }
  if (process.stdin.isTTY) return askHidden("Enter your passphrase to unlock config/secrets: ");
  throw new UserError(
    "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
  );
}

export async function readState({
  backend,
  stack,
}: {
  backend: FileBackend;
  stack: string;
}): Promise<Checkpoint> {
  const checkpoint = await backend.read(stack);
  if (!checkpoint) throw noStack(stack);
  return checkpoint;
}

/** With the official CLI's exit code for it. */
export function noStack(stack: string): UserError {
  return new UserError(`no stack named '${stack}' found; create it with \`stack init ${stack}\``, 6);
}

export function stateSalt(checkpoint: Checkpoint): string | undefined {
  const provider = checkpoint.checkpoint.latest?.secrets_providers;
  if (provider && provider.type !== "passphrase") {
    throw new UserError(
      `the stack's secrets are kept by ${provider.type}, which only the official Pulumi CLI can use`,
    );
  }
  return provider?.state?.salt;
}

/** The key for the stack's state; a stack that has none gets one, and its file the salt. */
export async function stateKey(session: StackSession, keys: Keys, checkpoint: Checkpoint): Promise<Crypter> {
  const salt = session.file.salt ?? stateSalt(checkpoint);
  if (salt && session.file.salt) return keys.open(salt);
  const crypter = salt ? await keys.open(salt) : await keys.make();
  session.file.salt = crypter.salt;
  await session.file.save();
  return crypter;
}

export async function readConfig(session: StackSession, keys: Keys): Promise<ProgramConfig> {
  const config = session.file.config;
  const needsKey = holdsSecret(config) && session.file.salt;
  return programConfig(session.project, config, needsKey ? await keys.open(needsKey) : undefined);
}
