import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { guestKind, nativeQemu } from "./container/container";
import { type Outcome, run, Running, succeeded } from "./run";

const checkout = join(__dirname, "../..");

const quietly = ["--yes", "--skip-preview", "--non-interactive"];

export interface StackOptions {
  name?: string;
  engine?: string;
  environment?: NodeJS.ProcessEnv;
  /** Whether its local machine is a virtual one. Default: a system container where this computer can have one. */
  virtual?: boolean;
  /** Whether the SDK checks the program's types first, as it does for users: ten seconds of a processor. Default: false. */
  typesChecked?: boolean;
}

/**
 * A stack of the whole program in a project folder, a home folder and a backend of its own. The engine is the offline
 * one, or the official CLI where PULUMI_OFFICIAL_BIN names its binary.
 */
export class TestStack {
  readonly folder = mkdtempSync(join(tmpdir(), "remote-docker-test-"));
  readonly project = join(this.folder, "project");
  readonly home = join(this.folder, "home");
  readonly name: string;
  readonly environment: NodeJS.ProcessEnv;
  private readonly engineFile: string;
  private clock: string[] = [];
  private sshCommand?: string;

  /** `engine`: another main file than the offline engine's; `environment`: what the stack's has besides. */
  constructor(options: StackOptions = {}) {
    const {
      name = "e2e",
      engine = "engine/main.ts",
      environment = {},
      virtual,
      typesChecked = false,
    } = options;
    this.name = name;
    this.engineFile = engine;
    for (const folder of [this.project, this.home, join(this.folder, "backend")])
      mkdirSync(folder, { mode: 0o700 });
    for (const part of [
      "index.ts",
      "config.ts",
      "components",
      "Pulumi.yaml",
      "package.json",
      "tsconfig.json",
    ]) {
      cpSync(join(checkout, part), join(this.project, part), { recursive: true });
    }
    symlinkSync(join(checkout, "node_modules"), join(this.project, "node_modules"));
    const passphrase = join(this.folder, "passphrase");
    writeFileSync(passphrase, "a passphrase for tests alone\n", { mode: 0o600 });
    const official = process.env.PULUMI_OFFICIAL_BIN;
    const engines = official === undefined ? join(checkout, "node_modules/.bin") : dirname(official);
    const machines = virtual || guestKind() === "emulated" ? [] : [nativeQemu];
    this.environment = {
      PATH: [...machines, engines, process.env.PATH].join(":"),
      HOME: this.home,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
      PULUMI_BACKEND_URL: `file://${this.folder}/backend`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: String(!typesChecked),
      ...(official === undefined ? {} : { PULUMI_HOME: process.env.PULUMI_HOME }),
      ...environment,
    };
  }

  /** Writes the stack's configuration, keys without their namespace. */
  configure(configuration: Record<string, unknown>): void {
    const file = join(this.project, `Pulumi.${this.name}.yaml`);
    const kept = this.salt(file);
    const config = Object.fromEntries(
      Object.entries(configuration).map(([key, value]) => [`remote-docker:${key}`, value]),
    );
    writeFileSync(file, stringify({ ...kept, config }));
  }

  /** `pulumi <args>` in the project's folder, to its end. */
  pulumi(...args: string[]): Promise<Outcome> {
    return run([...this.engine(), ...args], { cwd: this.project, env: this.environment });
  }

  /** `up`, left running. */
  startUp(): Running {
    const [file, ...args] = [...this.engine(), "up", ...quietly, "--stack", this.name];
    return new Running(spawn(file, args, { cwd: this.project, env: this.environment }));
  }

  async init(): Promise<void> {
    succeeded(await this.pulumi("stack", "init", this.name, "--non-interactive"));
  }

  up(...args: string[]): Promise<Outcome> {
    return this.pulumi("up", ...quietly, "--stack", this.name, ...args);
  }

  preview(): Promise<Outcome> {
    return this.pulumi("preview", "--non-interactive", "--stack", this.name);
  }

  destroy(): Promise<Outcome> {
    return this.pulumi("destroy", ...quietly, "--stack", this.name);
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = succeeded(
      await this.pulumi("stack", "output", "--json", "--show-secrets", "--stack", this.name),
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /**
   * From now on the engine lives in another time, the machine doesn't. Only the offline engine follows: the official
   * CLI asks the kernel.
   *
   * @param offset as faketime takes it, e.g. `+5h`; none: the present
   */
  moveEngine(offset?: string): void {
    const settings = ["FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"];
    this.clock = offset === undefined ? [] : ["env", ...settings, "faketime", "-f", offset];
  }

  /** Runs a command on the machine as the operator. */
  async machine(command: string, input: string | Buffer = ""): Promise<Outcome> {
    this.sshCommand ??= (await this.outputs()).sshCommand as string;
    const ssh = `${this.sshCommand} -o BatchMode=yes '${command}'`;
    return run(["bash", "-c", ssh], { env: this.environment, input });
  }

  /** The stack's state as it is on the disk. */
  state(): string {
    return readFileSync(
      join(this.folder, "backend/.pulumi/stacks/remote-docker", `${this.name}.json`),
      "utf8",
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private engine(): string[] {
    const official = process.env.PULUMI_OFFICIAL_BIN;
    const engine = official === undefined ? [process.execPath, join(checkout, this.engineFile)] : [official];
    return [...this.clock, ...engine];
  }

  private salt(file: string): object {
    try {
      const line = /^encryptionsalt: (.*)$/m.exec(readFileSync(file, "utf8"));
      return line === null ? {} : { encryptionsalt: line[1] };
    } catch {
      return {};
    }
  }
}
