import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Guest } from "./guest";
import { type Outcome, run, Running } from "./run";

const cli = join(__dirname, "../../cli");

/** The commands of cli/ as they run below npm, on the outputs of a stack whose machine is a guest. */
export class OperatorCommands {
  readonly folder = mkdtempSync(join(tmpdir(), "operator-"));
  readonly home = join(this.folder, "home");
  /** What the engine says. */
  outputs: Record<string, unknown>;

  constructor(guest: Guest, outputs: Record<string, unknown> = {}) {
    mkdirSync(this.home);
    this.outputs = {
      DOCKER_HOST: `tcp://127.0.0.1:${guest.port}`,
      operator: guest.operator,
      ...outputs,
    };
  }

  /** Runs a command to its end. */
  run(
    name: string,
    args: string[],
    options: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ): Promise<Outcome> {
    const { input, env } = options;
    return run(this.words(name, args), { input, env: { ...this.environment(), ...env }, cwd: this.folder });
  }

  /** Starts a command, left running. */
  start(name: string, args: string[]): Running {
    const [file, ...words] = this.words(name, args);
    return new Running(spawn(file, words, { env: this.environment(), cwd: this.folder }));
  }

  /** Starts a command at a terminal of its own. */
  atTerminal(name: string, args: string[]): Running {
    const line = this.words(name, args)
      .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
      .join(" ");
    return new Running(
      spawn("script", ["-qec", line, "/dev/null"], { env: this.environment(), cwd: this.folder }),
    );
  }

  words(name: string, args: string[]): string[] {
    return [process.execPath, join(cli, `${name}.ts`), ...args];
  }

  /** With an engine that does nothing but tell the stack's outputs. */
  environment(): NodeJS.ProcessEnv {
    const file = join(this.folder, "outputs.json");
    writeFileSync(file, JSON.stringify(this.outputs), { mode: 0o600 });
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      REMOTE_DOCKER_PULUMI: JSON.stringify(["sh", "-c", `cat '${file}'`, "engine"]),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
