import { EventEmitter, once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { DockerClient } from "./dockerClient";

const pause = 200;

/** Clients who ask the daemon one after the other, again and again, whatever else goes on. */
export class SteadyRequests {
  private readonly clients = new Map<string, DockerClient>();
  private readonly rounds = new EventEmitter();
  private answered = 0;
  private readonly failures: string[] = [];
  private stopped = false;
  private readonly ended = this.go();

  /** From now on a client asks with this bundle. */
  ask(name: string, docker: DockerClient): void {
    this.clients.set(name, docker);
  }

  /** Ends once a client's last request has its answer. */
  async leave(name: string): Promise<void> {
    this.clients.delete(name);
    await once(this.rounds, "end");
  }

  /** Ends once everybody has asked with the bundle of now. */
  async round(): Promise<void> {
    await once(this.rounds, "end");
    await once(this.rounds, "end");
  }

  /** What has become of the requests until now; each failure with its client and what it said. */
  get seen(): { answered: number; failures: string[] } {
    return { answered: this.answered, failures: this.failures };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private async go(): Promise<void> {
    while (!this.stopped) {
      for (const [name, docker] of [...this.clients]) {
        if (!this.clients.has(name)) continue;
        const { status, stderr } = await docker.run(["version", "--format", "{{.Server.Version}}"]);
        if (status === 0) this.answered++;
        else this.failures.push(`${name}: ${stderr}`);
      }
      this.rounds.emit("end");
      await setTimeout(pause);
    }
  }
}
