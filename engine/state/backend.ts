import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, UserError } from "../errors.ts";
import { checkVersion } from "./checkpoint.ts";
import type { Checkpoint } from "./file.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** A file backend has one organization, called so. */
export const ORGANIZATION = "organization";

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

  async write(stack: string, file: Checkpoint): Promise<void> {
    await writeAtomically(this.#file(stack), `${JSON.stringify(file, undefined, 4)}\n`);
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
    await rm(path.join(this.#root, "history", this.#project, stack), { recursive: true, force: true });
    for (const other of [`${file}.bak`, `${file}.attrs`, `${file}.bak.attrs`, file])
      await rm(other, { force: true });
  }

  /** Where whoever works on the stack says so. */
  async locks(stack: string): Promise<string> {
    const folder = path.join(this.#root, "locks", ORGANIZATION, this.#project, stack);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
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
