import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nativeQemu } from "../container/container";
import { freePort } from "../freePort";

/** Boots the machines of users who can't: {@link file://./relayedQemu.js} */
export class MachineRoom {
  private readonly server = createServer((socket) => void this.serve(socket));
  private readonly running = new Set<ChildProcess>();

  /** `folder`: where relayedQemu.js is. */
  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    const socket = join(this.folder, "root.sock");
    this.server.listen(socket);
    await once(this.server, "listening");
    chmodSync(socket, 0o666);
  }

  async close(): Promise<void> {
    this.server.close();
    await Promise.all([...this.running].map(end));
  }

  private async serve(socket: Socket): Promise<void> {
    socket.on("error", () => undefined);
    const [line] = (await once(createInterface(socket), "line")) as [string];
    const port = await freePort();
    const args = (JSON.parse(line) as string[]).map((word) =>
      word
        .replace(/hostfwd=tcp:.*-:2376/, `hostfwd=tcp:127.0.0.1:${port}-:2376`)
        .replace(/^unix:qmp.sock/, `unix:${join(this.folder, `${port}.qmp`)}`)
        .replace(/^qemu.pid$/, join(this.folder, `${port}.pid`))
        .replace(/^file:/, `file:${join(this.folder, `${port}.`)}`),
    );
    const machine = spawn(join(nativeQemu, "qemu-system-x86_64"), args, { stdio: "ignore" });
    this.running.add(machine);
    socket.on("close", () => void end(machine));
    machine.on("close", () => {
      this.running.delete(machine);
      socket.destroy();
    });
    socket.write(String(port));
  }
}

async function end(machine: ChildProcess): Promise<void> {
  if (machine.exitCode !== null || machine.signalCode !== null) return;
  const ended = once(machine, "close");
  machine.kill("SIGKILL");
  await ended;
}
