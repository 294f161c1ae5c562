import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

/** How a bad line delivers the first piece of a connection: so many bytes at a time, with a pause in milliseconds between. */
export interface Slowness {
  bytes: number;
  pause: number;
}

/** A port of loopback that leads to another one by a line which is slow at first. */
export class SlowLine {
  private readonly server: Server;

  private constructor(to: number, slowness: Slowness) {
    this.server = createServer((near) => {
      const far = connect(to, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
      far.pipe(near);
      near.once("data", (first) => {
        near.pause();
        void deliver(first, far, slowness).then(() => near.pipe(far));
      });
    });
  }

  static async to(port: number, slowness: Slowness): Promise<SlowLine> {
    const line = new SlowLine(port, slowness);
    await new Promise<void>((resolve) => line.server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

async function deliver(text: Buffer, far: Socket, { bytes, pause }: Slowness): Promise<void> {
  for (let at = 0; at < text.length; at += bytes) {
    if (at > 0) await setTimeout(pause);
    far.write(text.subarray(at, at + bytes));
  }
}
