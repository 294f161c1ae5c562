import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import type { Exit } from "./output.ts";
import { commandResource, type CommonInputs, commonInputs, type Run } from "./resource.ts";
import { onAbort } from "./signal.ts";

/** `command:local:Command` */
export const localCommand = commandResource(commonInputs, (inputs) => inputs, runLocally);

const SHELL = "/bin/sh";

/** How long an aborted command may take to clean up after itself. */
const graceMilliseconds = 10_000;

/** Runs a command on this computer, in a process group of its own: Ctrl-C in the terminal is the engine's alone. */
function runLocally({
  command,
  inputs,
  environment,
  output,
  context,
  signal,
}: Run<CommonInputs>): Promise<Exit> {
  return new Promise((done, fail) => {
    const child = spawn(SHELL, ["-c", command], {
      cwd: workingDirectory(context.directory),
      env: { ...process.env, ...environment },
      detached: true,
      stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    child.stdout!.on("data", (chunk: Buffer) => output.add("stdout", chunk));
    child.stderr!.on("data", (chunk: Buffer) => output.add("stderr", chunk));
    // A command may end without reading its input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(inputs.stdin);

    let patience: NodeJS.Timeout | undefined;
    const stopListening = onAbort(signal, () => {
      endGroup(child.pid, "SIGTERM");
      patience = setTimeout(() => {
        endGroup(child.pid, "SIGKILL");
        // A process that left the group can hold them open.
        child.stdout!.destroy();
        child.stderr!.destroy();
      }, graceMilliseconds);
    });
    const finish = () => {
      stopListening();
      clearTimeout(patience);
    };
    child.on("error", (error) => {
      finish();
      fail(new Error(`${SHELL} can't be started: ${error.message}`));
    });
    child.on("close", (code, by) => {
      finish();
      done({ code: code ?? undefined, signal: by ?? undefined });
    });
  });
}

/** The project's root, where the official engine runs commands too. */
function workingDirectory(root: string): string {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return root;
  throw new Error(`the project's root ${root}, where commands run, is no longer there; put it back`);
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
