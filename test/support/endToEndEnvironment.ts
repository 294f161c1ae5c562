import { TestEnvironment } from "jest-environment-node";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestKind, noContainers } from "./container/container";
import { bootedBase } from "./guestBase";
import { endProcessesNaming } from "./processes";

/**
 * What a test file starts ends with it, also when a hook ran out of time and nothing else knows of it, or when Jest was
 * killed: each file has a folder of its own for temporary files, which whatever it starts names in its command line or
 * environment.
 */
export default class EndToEndEnvironment extends TestEnvironment {
  private readonly folder: string;
  private readonly outer: string | undefined;
  private readonly guard: ChildProcess;
  private readonly file: string;

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    const outer = process.env.TMPDIR;
    const folder = mkdtempSync(join(tmpdir(), "remote-docker-e2e-"));
    // While an image is built, apt reads there as a user of its own.
    chmodSync(folder, 0o755);
    const guard = spawn("setpriv", ["--pdeathsig", "TERM", "bash", join(__dirname, "guard.sh")], {
      cwd: folder,
      // Neither its environment nor its arguments name the folder: it has to survive the others.
      env: { PATH: process.env.PATH },
      stdio: ["ignore", "pipe", "inherit"],
      // Ctrl-C is for Jest.
      detached: true,
    });
    process.env.TMPDIR = folder;
    super(config, context);
    this.file = context.testPath;
    this.folder = folder;
    this.outer = outer;
    this.guard = guard;
  }

  override async setup(): Promise<void> {
    process.once("disconnect", leave);
    await super.setup();
    await once(this.guard.stdout!, "data");
    if (readFileSync(this.file, "utf8").includes('support/provisioned"')) await boot();
  }

  override async teardown(): Promise<void> {
    await super.teardown();
    process.off("disconnect", leave);
    if (this.outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = this.outer;
    await endProcessesNaming(this.folder);
    if (this.guard.exitCode !== null || this.guard.signalCode !== null)
      throw new Error(`what cleans ${this.folder} up has ended before its time`);
    const ended = once(this.guard, "exit");
    this.guard.kill("SIGTERM");
    await ended;
  }
}

/** A worker whose Jest was killed would go on with its file. */
function leave(): void {
  process.exit(1);
}

/** Before the clock of any test runs, the machine that most of them start from is booted, once on a computer. */
async function boot(): Promise<void> {
  const kind = guestKind();
  await bootedBase(kind, () => {
    if (kind === "emulated") {
      say(`Test machines are emulated, which takes far longer: ${noContainers() || "as asked for"}`);
    }
    say("Booting the machine that the tests start from, once");
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
