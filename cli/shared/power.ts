import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Command } from "commander";
import { commandLine, stackOption } from "./commandLine.ts";
import { stackOutputs } from "./engine.ts";
import { localMachine } from "./localMachine.ts";

const script = join(import.meta.dirname, "../../components/machine/local/process.sh");

export function powerLine(to: "start" | "stop"): Command {
  return to === "stop"
    ? commandLine("stop", "Shuts the machine down in order. What is on its disks stays.", [
        ["", "until npm run start, or the next npm run up"],
      ]).addOption(stackOption())
    : commandLine("start", "Starts a machine that was stopped.", [
        ["", "as it was; npm run up does the same, and makes changes"],
      ]).addOption(stackOption());
}

/**
 * Stops or starts a stack's machine; ends when that is done.
 *
 * @throws UserError when the stack isn't up, or its machine is of a kind that isn't stopped from here
 */
export async function power(argv: string[], to: "start" | "stop"): Promise<void> {
  const { stack } = powerLine(to).parse(argv).opts<{ stack: string }>();
  const outputs = await stackOutputs(stack);
  const { project, own, incarnation } = localMachine(stack, outputs, to);
  const child = spawn("bash", [script, to === "stop" ? "halt" : "resume", project, own], {
    env: { ...process.env, INCARNATION: incarnation },
    stdio: "inherit",
  });
  const [code] = (await once(child, "close")) as [number | null];
  process.exitCode = code ?? 1;
}
