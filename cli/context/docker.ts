import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { UserError } from "../shared/userError.ts";

const contextSchema = z.object({
  Metadata: z.object({ Description: z.string().optional() }).optional(),
  Endpoints: z.object({ docker: z.object({ Host: z.string().optional() }).optional() }),
  Storage: z.object({ TLSPath: z.string() }),
});

/** A context that docker has. */
export interface Context {
  name: string;
  description: string;
  host?: string;
  /** Its client certificate, PEM; undefined where it has none. */
  certificate?: string;
}

/** The contexts that docker has, of names that begin so. */
export async function contextsNamed(prefix: string): Promise<Context[]> {
  const names = (await docker("context", "ls", "--format", "{{.Name}}")).split("\n");
  const wanted = names.filter((name) => name.startsWith(prefix));
  return Promise.all(wanted.map(inspected));
}

async function inspected(name: string): Promise<Context> {
  const shown = contextSchema.parse(
    JSON.parse(await docker("context", "inspect", name, "--format", "{{json .}}")),
  );
  return {
    name,
    description: shown.Metadata?.Description ?? "",
    host: shown.Endpoints.docker?.Host,
    certificate: readIfThere(join(shown.Storage.TLSPath, "docker", "cert.pem")),
  };
}

/**
 * The description of a stack's contexts, by which they are known as its own.
 *
 * @param outputs the stack's: the machine's permanent host key is the stack's own for as long as it lives
 */
export function descriptionOf(stack: string, outputs: Record<string, unknown>): string {
  const { hostKey = "" } = (outputs.operator ?? {}) as { hostKey?: string };
  const [, key = ""] = hostKey.trim().split(/\s+/);
  const mark = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `remote-docker, stack ${stack}, ${mark}`;
}

/** The mark at a description's end, which stays when a stack is called in another way. */
export function isMarked({ description }: Context, own: string): boolean {
  return (
    description.startsWith("remote-docker, ") && description.split(", ").at(-1) === own.split(", ").at(-1)
  );
}

export async function docker(...args: string[]): Promise<string> {
  const folder = process.env.REMOTE_DOCKER_CLIENT_FOLDER;
  const PATH = folder ? `${folder}:${process.env.PATH}` : process.env.PATH;
  // One that is gone would be asked first.
  const env = { ...process.env, PATH, DOCKER_CONTEXT: "" };
  try {
    return (await promisify(execFile)("docker", args, { env })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT")
      throw new UserError("there is no docker client; install it (Debian 13: docker-cli)");
    throw new UserError(stderr?.trim() || message);
  }
}

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
