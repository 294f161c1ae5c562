import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Field, list, string, unsupported } from "../shape.ts";
import type { Exit } from "./output.ts";
import { type CommonInputs, commandResource, commonInputs, type Run } from "./resource.ts";
import { onAbort } from "./signal.ts";

export interface LocalInputs extends CommonInputs {
  interpreter?: string[];
  dir?: string;
}

export const localFields: Record<string, Field> = {
  ...commonInputs,
  interpreter: { shape: list(string) },
  dir: { shape: string },
  assetPaths: { shape: unsupported },
  archivePaths: { shape: unsupported },
};

/** `command:local:Command` */
export const localCommand = commandResource<LocalInputs>(localFields, (inputs) => inputs, runLocally);

/** How long an aborted command may take to clean up after itself. */
const graceMilliseconds = 10_000;

/** Runs a command on this computer, in a process group of its own: Ctrl-C in the terminal is the engine's alone. */
export function runLocally({
  command,
  inputs,
  environment,
  output,
  context,
  signal,
}: Run<LocalInputs>): Promise<Exit> {
  const interpreter = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const [program, ...args] = [...interpreter, command];
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: workingDirectory(context.directory, inputs.dir),
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
      fail(new Error(`${program} can't be started: ${error.message}`));
    });
    child.on("close", (code, by) => {
      finish();
      done({ code: code ?? undefined, signal: by ?? undefined });
    });
  });
}

/** Without `dir`, or with an empty one, where the engine runs: run in provider/pkg/provider/local of pulumi-command. */
function workingDirectory(root: string, dir: string | undefined): string {
  const place = resolve(root, dir ?? "");
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory()) return place;
  throw new Error(
    dir
      ? `dir: "${dir}" is not a folder; write one that exists, relative to the project's root`
      : `the project's root ${root}, where a command without dir runs, is no longer there; put it back or set dir`,
  );
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
