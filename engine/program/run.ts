import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { UserError } from "../errors.ts";
import { LOOPBACK } from "../monitor/server.ts";
import { ORGANIZATION } from "../state/backend.ts";
import type { ProgramConfig } from "./config.ts";
import type { Project } from "./project.ts";

export interface ProgramRun {
  project: Project;
  stack: string;
  config: ProgramConfig;
  /** host:port of the services. */
  address: string;
  dryRun: boolean;
  parallel: number;
  /** A line that the program printed. */
  print(line: string, stream: "stdout" | "stderr"): void;
}

export interface Program {
  /** Exit code; resolves when the program has ended. */
  ended: Promise<number>;
  stop(): void;
}

/** Exit code of the SDK for a failure that it has shown already (cmd/run/index.js). */
export const ALREADY_SHOWN = 32;

/** Starts the program the way the official Node.js language host does (sdk/nodejs/cmd/pulumi-language-nodejs). */
export function startProgram(run: ProgramRun): Program {
  const { project } = run;
  const child = spawn(
    process.execPath,
    [...project.nodeArguments, runner(project.root), ...flags(run), project.main],
    {
      cwd: project.root,
      env: {
        ...process.env,
        // Whatever proxy the user has, this computer's own loopback isn't behind it (http_proxy.js of @grpc/grpc-js).
        no_grpc_proxy: [process.env.no_grpc_proxy || process.env.no_proxy, LOOPBACK]
          .filter(Boolean)
          .join(","),
        // Saves a third of the start: the SDK and what it loads are compiled once.
        NODE_COMPILE_CACHE:
          process.env.NODE_COMPILE_CACHE ?? join(project.root, "node_modules", ".cache", "offline-engine"),
        PULUMI_CONFIG: JSON.stringify(run.config.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.config.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
        ...(project.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig }),
      },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C is for the engine, which lets running steps end.
      detached: true,
    },
  );
  let stopped = false;
  for (const stream of ["stdout", "stderr"] as const) {
    // What the SDK says once its monitor has gone is no news.
    createInterface({ input: child[stream] }).on("line", (line) => stopped || run.print(line, stream));
  }
  const ended = new Promise<number>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => done(code ?? (signal ? 1 : 0)));
  });
  const stop = () => {
    stopped = true;
    child.kill("SIGTERM");
  };
  process.once("exit", stop);
  return { ended, stop };
}

function flags({ project, stack, address, dryRun, parallel }: ProgramRun): string[] {
  const pairs = {
    monitor: address,
    engine: address,
    organization: ORGANIZATION,
    project: project.name,
    "root-directory": project.root,
    stack,
    pwd: project.root,
    parallel: String(parallel),
  };
  return [
    ...Object.entries(pairs).flatMap(([name, value]) => [`--${name}`, value]),
    ...(dryRun ? ["--dry-run"] : []),
  ];
}

function runner(root: string): string {
  try {
    return createRequire(join(root, "package.json")).resolve("@pulumi/pulumi/cmd/run/index.js");
  } catch {
    throw new UserError(`${root}: the package @pulumi/pulumi is not installed; run \`npm install\` there`);
  }
}
