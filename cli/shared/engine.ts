import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { notUp } from "./clients.ts";
import { UserError } from "./userError.ts";

/**
 * A stack's outputs, secrets in plain. Asks the engine that set-up chose: scripts/ hands its command over in
 * REMOTE_DOCKER_PULUMI, as a JSON list.
 *
 * @throws UserError when the engine has no such stack
 */
export async function stackOutputs(stack: string): Promise<Record<string, unknown>> {
  const [file, ...first] = JSON.parse(process.env.REMOTE_DOCKER_PULUMI ?? '["pulumi"]') as string[];
  const args = [...first, "stack", "output", "--json", "--show-secrets", "--stack", stack];
  try {
    const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    if (stderr === undefined) throw error;
    throw new UserError(/no stack named|not found/.test(stderr) ? notUp(stack) : stderr.trim() || message);
  }
}
