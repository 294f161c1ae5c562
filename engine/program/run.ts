import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../errors.ts";
import { organization } from "../state/backend.ts";
import type { Configuration } from "./configuration.ts";
import type { Project } from "./project.ts";

export interface ProgramArguments {
  project: Project;
  stack: string;
  configuration: Configuration;
  /** Where the monitor answers, as gRPC writes addresses. */
  address: string;
  preview: boolean;
  parallel: number;
  /** A line that the program printed. */
  printed(line: string, stream: "stdout" | "stderr"): void;
}

export interface Program {
  child: ChildProcess;
  /** The exit code; a signal's end counts as 1. */
  ended: Promise<number>;
}

/** The exit code of a program that has already said what is wrong. Source: cmd/run/index.js of @pulumi/pulumi. */
export const saidItAll = 32;

/** Starts the program as the official CLI's language host for Node.js does. */
export function startProgram(args: ProgramArguments): Program {
  const { project, stack, configuration, address, preview, parallel } = args;
  const child = spawn(
    process.execPath,
    [
      ...project.nodeArguments,
      runner(project),
      ...["--monitor", address, "--engine", address, "--organization", organization, "--project", project.name],
      ...["--root-directory", project.root, "--stack", stack, "--pwd", project.root, "--parallel", String(parallel)],
      ...(preview ? ["--dry-run"] : []),
      project.main,
    ],
    {
      cwd: project.root,
      // Out of the terminal's process group: Ctrl-C is the engine's to handle.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(configuration.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configuration.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
      },
    },
  );
  for (const stream of ["stdout", "stderr"] as const) {
    createInterface({ input: child[stream] }).on("line", (line) => args.printed(line, stream));
  }
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  return { child, ended };
}

function runner({ root }: Project): string {
  try {
    return createRequire(path.join(root, "package.json")).resolve("@pulumi/pulumi/cmd/run/index.js");
  } catch {
    throw new UserError(`${root}: @pulumi/pulumi is not installed; run \`npm ci\` there`);
  }
}
