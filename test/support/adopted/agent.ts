import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, succeeded } from "../run";

/** A real SSH agent of the test's own. */
export class Agent {
  private readonly folder = mkdtempSync(join(tmpdir(), "remote-docker-agent-"));
  readonly socket = join(this.folder, "socket");
  private readonly child: ChildProcess;

  private constructor() {
    this.child = spawn("ssh-agent", ["-D", "-a", this.socket], { stdio: ["ignore", "pipe", "ignore"] });
  }

  static async start(): Promise<Agent> {
    const agent = new Agent();
    // It says where it listens once it does.
    await once(agent.child.stdout!, "data");
    return agent;
  }

  async add(keyFile: string): Promise<void> {
    succeeded(await run(["ssh-add", "-q", keyFile], { env: { ...process.env, SSH_AUTH_SOCK: this.socket } }));
  }

  stop(): void {
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
