import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, UserError } from "../errors.ts";
import { checkVersion } from "./checkpoint.ts";
import type { Checkpoint } from "./file.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** A file backend has one organization, called so. */
export const ORGANIZATION = "organization";

/** What an update did, as the official CLI keeps it: UpdateInfo in pkg/backend/updates.go. */
export interface UpdateInfo {
  kind: string;
  /** Seconds since 1970. */
  startTime: number;
  endTime: number;
  message: string;
  environment: Record<string, string>;
  config: Record<string, unknown>;
  result: "succeeded" | "failed";
  /** How many resources, by what was done. */
  resourceChanges: Record<string, number>;
}

/** Nanoseconds from the monotonic clock's beginning to 1970: names in the order in which they were made. */
const wallClock = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/**
 * The official file backend's layout. Source: pkg/backend/diy/{backend,state,store}.go in github.com/pulumi/pulumi.
 */
export class FileBackend {
  /** As PULUMI_BACKEND_URL says it. */
  readonly url: string;
  readonly #root: string;
  readonly #project: string;

  /** @param url `file://…`; anything else is refused */
  constructor(url: string, project: string) {
    this.url = url;
    this.#project = project;
    this.#root = path.join(folderOf(url), ".pulumi");
  }

  async names(): Promise<string[]> {
    const folder = path.join(this.#root, "stacks", this.#project);
    const files = await readdir(folder).catch(() => []);
    return files
      .filter((file) => file.endsWith(".json") && !file.startsWith("."))
      .map((file) => file.slice(0, -5))
      .sort();
  }

  exists(stack: string): boolean {
    return existsSync(this.#file(stack));
  }

  /** @returns undefined when there is no such stack */
  async read(stack: string): Promise<Checkpoint | undefined> {
    const file = this.#file(stack);
    const text = await readIfThere(file);
    if (text === undefined) return undefined;
    let parsed: Checkpoint;
    try {
      parsed = JSON.parse(text) as Checkpoint;
    } catch (error) {
      throw new UserError(`${file}: the state is no JSON: ${messageOf(error)}`);
    }
    checkVersion(parsed, file);
    return parsed;
  }

  /** What was there before stays beside it, as `.bak`. */
  async write(stack: string, file: Checkpoint): Promise<void> {
    const target = this.#file(stack);
    await keepBackup(target);
    await writeAtomically(target, `${JSON.stringify(file, undefined, 4)}\n`);
  }

  /** Keeps what an update did, and the state that it led to. */
  async addToHistory(stack: string, update: UpdateInfo): Promise<void> {
    const folder = this.#history(stack);
    const name = path.join(folder, `${stack}-${process.hrtime.bigint() + wallClock}`);
    await writeAtomically(`${name}.history.json`, JSON.stringify(update));
    await copyFile(this.#file(stack), `${name}.checkpoint.json`);
  }

  /** What updates did, the last one first. */
  async history(stack: string): Promise<UpdateInfo[]> {
    const folder = this.#history(stack);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".history.json"));
    const texts = await Promise.all(
      names.sort().map(async (name) => (await readIfThere(path.join(folder, name))) ?? "{}"),
    );
    return texts.map((text) => JSON.parse(text) as UpdateInfo).reverse();
  }

  /** Makes the backend and the stack in it. */
  async create(stack: string): Promise<Checkpoint> {
    const meta = path.join(this.#root, "meta.yaml");
    if ((await readIfThere(meta)) === undefined) await writeAtomically(meta, "version: 1\n");
    const checkpoint: Checkpoint = {
      version: 3,
      checkpoint: { stack: `${ORGANIZATION}/${this.#project}/${stack}` },
    };
    await this.write(stack, checkpoint);
    return checkpoint;
  }

  /** Removes the stack, and what the official engine keeps beside it. */
  async remove(stack: string): Promise<void> {
    const file = this.#file(stack);
    await rm(this.#history(stack), { recursive: true, force: true });
    for (const other of [`${file}.bak`, `${file}.attrs`, `${file}.bak.attrs`, file])
      await rm(other, { force: true });
  }

  /** Where whoever works on the stack says so. */
  async locks(stack: string): Promise<string> {
    const folder = path.join(this.#root, "locks", ORGANIZATION, this.#project, stack);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  #history(stack: string): string {
    return path.join(this.#root, "history", this.#project, stack);
  }

  #file(stack: string): string {
    return path.join(this.#root, "stacks", this.#project, `${stack}.json`);
  }
}

function folderOf(url: string): string {
  if (!url.startsWith("file://")) {
    throw new UserError(
      `PULUMI_BACKEND_URL: ${JSON.stringify(url)} is not a folder's URL; the offline engine knows file:// only ` +
        "(for another backend, use the official CLI)",
    );
  }
  const rest = url.slice("file://".length);
  if (rest.startsWith("~")) return path.join(process.env.HOME ?? "", rest.slice(1));
  return rest.startsWith("/") ? fileURLToPath(url) : path.resolve(rest);
}

async function keepBackup(file: string): Promise<void> {
  const beside = `${file}.bak.new`;
  try {
    await copyFile(file, beside);
    await rename(beside, `${file}.bak`);
  } catch (error) {
    await rm(beside, { force: true });
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
