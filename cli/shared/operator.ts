import { notUp } from "./clients.ts";
import type { Operator } from "./ssh.ts";
import { UserError } from "./userError.ts";

/**
 * How to reach a stack's machine, out of the stack's outputs.
 *
 * @throws UserError when the stack isn't up, or was brought up before there was such an output
 */
export function operatorOf(stack: string, outputs: Record<string, unknown>): Operator {
  if (typeof outputs.DOCKER_HOST !== "string") throw new UserError(notUp(stack));
  const { operator } = outputs as { operator?: Partial<Operator> };
  const { host, port, user, privateKey, hostKey, sharedAddress, bastion } = operator ?? {};
  if (!host || !port || !user || !hostKey) {
    const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
    throw new UserError(
      `the stack ${stack} has no output operator, by which its machine is reached; run npm run up${option} once`,
    );
  }
  return { host, port: Number(port), user, privateKey, hostKey, sharedAddress, bastion };
}
