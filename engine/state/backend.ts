import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, UserError } from "../errors.ts";
import type { Deployment } from "./checkpoint.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** Which stack of which project. */
export interface StackName {
  project: string;
  stack: string;
}

interface CheckpointFile {
  version: number;
  checkpoint: { stack: string; latest?: Deployment };
}

/** A file backend has one organization, called so. */
export const organization = "organization";

/**
 * The official file backend's layout. Source: pkg/backend/diy/{backend,state,store}.go in github.com/pulumi/pulumi.
 */
export class Backend {
  /** As PULUMI_BACKEND_URL says it. */
  readonly url: string;
  readonly #root: string;

  /** @param url `file://…`; anything else is refused */
  constructor(url: string) {
    this.url = url;
    this.#root = path.join(folderOf(url), ".pulumi");
  }

  async names(project: string): Promise<string[]> {
    const folder = path.join(this.#root, "stacks", project);
    const files = await readdir(folder).catch(() => []);
    return files.filter((file) => file.endsWith(".json") && !file.startsWith(".")).map((file) => file.slice(0, -5)).sort();
  }

  /** @returns undefined when there is no such stack */
  async read(name: StackName): Promise<{ deployment?: Deployment } | undefined> {
    const file = this.#file(name);
    const text = await readIfThere(file);
    if (text === undefined) return undefined;
    let parsed: CheckpointFile;
    try {
      parsed = JSON.parse(text) as CheckpointFile;
    } catch (error) {
      throw new UserError(`${file}: the state is no JSON: ${messageOf(error)}`);
    }
    if (parsed.version !== 3) {
      throw new UserError(`${file}: the state's version is ${parsed.version}; the offline engine reads version 3`);
    }
    return { deployment: parsed.checkpoint.latest };
  }

  async write(name: StackName, deployment: Deployment | undefined): Promise<void> {
    const stack = `${organization}/${name.project}/${name.stack}`;
    const file: CheckpointFile = { version: 3, checkpoint: { stack, latest: deployment } };
    await writeAtomically(this.#file(name), `${JSON.stringify(file, undefined, 4)}\n`);
  }

  /** Makes the backend and the stack in it. */
  async create(name: StackName, deployment: Deployment | undefined): Promise<void> {
    const meta = path.join(this.#root, "meta.yaml");
    if ((await readIfThere(meta)) === undefined) await writeAtomically(meta, "version: 1\n");
    await this.write(name, deployment);
  }

  /** Removes the stack, and what the official engine keeps beside it. */
  async remove(name: StackName): Promise<void> {
    const file = this.#file(name);
    await rm(path.join(this.#root, "history", name.project, name.stack), { recursive: true, force: true });
    for (const other of [`${file}.bak`, `${file}.attrs`, `${file}.bak.attrs`, file]) await rm(other, { force: true });
  }

  /** Where whoever works on the stack says so. */
  async locks(name: StackName): Promise<string> {
    const folder = path.join(this.#root, "locks", organization, name.project, name.stack);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  #file({ project, stack }: StackName): string {
    return path.join(this.#root, "stacks", project, `${stack}.json`);
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
