import { createServer, type Server } from "node:net";
import type { Machines } from "./hypervisor";
import { portOf } from "./metadata";

/** FAKE machines for tests of resources alone: each that runs shows sshd's banner and nothing else. */
export class Banners implements Machines {
  onShutdown = (): void => undefined;
  private readonly running = new Set<string>();
  private readonly server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    // What is never read is never seen to end.
    socket.resume().end("SSH-2.0-fake\r\n");
  });

  static async start(): Promise<Banners> {
    const made = new Banners();
    await new Promise<void>((done, fail) => made.server.once("error", fail).listen(0, "127.0.0.1", done));
    return made;
  }

  portOf(instance: string): number | undefined {
    return this.running.has(instance) ? portOf(this.server) : undefined;
  }

  async start({ InstanceId = "" }: { InstanceId?: string }): Promise<void> {
    this.running.add(InstanceId);
  }

  async stop(instance: string): Promise<void> {
    this.running.delete(instance);
  }

  terminate(instance: string): Promise<void> {
    return this.stop(instance);
  }

  async attach(): Promise<void> {}
  async grow(): Promise<void> {}
  async keep(): Promise<void> {}
  remove(): void {}

  console(instance: string): string {
    return this.running.has(instance) ? "fake console\n" : "";
  }

  async end(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }
}
