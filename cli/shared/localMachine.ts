import { notUp } from "./clients.ts";
import { UserError } from "./userError.ts";

/** How a stack's machine is stopped and started, as its output `power` has it. */
interface Power {
  kind?: string;
  project?: string;
  own?: string;
  incarnation?: string;
  host?: string;
}

/**
 * What process.sh needs to know of a stack's machine.
 *
 * @throws UserError when the stack isn't up, or its machine is of a kind that isn't stopped from here
 */
export function localMachine(
  stack: string,
  outputs: Record<string, unknown>,
  to: "start" | "stop",
): { project: string; own: string; incarnation: string } {
  if (typeof outputs.DOCKER_HOST !== "string") throw new UserError(notUp(stack));
  const { kind, project, own, incarnation, host } = (outputs.power ?? {}) as Power;
  if (kind === "ssh")
    throw new UserError(
      `${host} was there before this stack, and is its owner's to ${to}; to end sharing it: npm run destroy`,
    );
  if (kind === "aws")
    throw new UserError(
      `this command doesn't ${to} an EC2 instance; use AWS's console: the address stays, and so do the disks`,
    );
  if (!project || !own || !incarnation) {
    const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
    throw new UserError(
      `the stack ${stack} has no output power, by which its machine is found; run npm run up${option} once`,
    );
  }
  return { project, own, incarnation };
}
