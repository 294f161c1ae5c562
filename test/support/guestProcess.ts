import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./freePort";
import { run, succeeded } from "./run";

const monitor = join(__dirname, "../../components/machine/local/monitor.js");

/** A guest's process. */
export interface Launched {
  port: number;
  /** Ends when sshd answers through the front door; fails when the guest dies before. */
  answers(): Promise<void>;
  /** Gives QEMU a command and returns its answer. */
  monitor(command: string, args: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** QEMU's command line for the disk in `folder` with the kernel in `base`; `-loadvm` wants the very same devices. */
export function qemu(base: string, folder: string, port: number): string[] {
  const fixed =
    "qemu-system-x86_64 -name guest=remote-docker-test -nodefaults -no-user-config -display none -rtc base=utc " +
    "-machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 2048 -device virtio-rng-pci " +
    "-device virtio-blk-pci,drive=root -device virtio-net-pci,netdev=net";
  const options = {
    "-kernel": join(base, "vmlinuz"),
    "-initrd": join(base, "initrd.img"),
    "-append": "root=/dev/vda ro console=ttyS0 ds=nocloud",
    "-drive": `if=none,id=root,file=${join(folder, "disk.qcow2")},cache=unsafe`,
    "-netdev": `user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:${port}-:2376`,
    "-serial": `file:${join(folder, "console.log")}`,
    "-qmp": `unix:${join(folder, "qmp.sock")},server=on,wait=off`,
  };
  return [...fixed.split(" "), ...Object.entries(options).flat()];
}

/** Starts QEMU on `folder`'s disk; it dies with this process, even a killed one. */
export async function launch(base: string, folder: string, more: string[]): Promise<Launched> {
  const port = await freePort();
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...qemu(base, folder, port), ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    port,
    answers: () => answers(child, port, folder),
    monitor: async (command, args) => {
      const socket = join(folder, "qmp.sock");
      const { stdout } = succeeded(await run(["node", monitor, socket, command, JSON.stringify(args)]));
      return JSON.parse(stdout) as unknown;
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      if (folder !== base) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** slirp accepts connections before the guest listens: only sshd's banner says that the guest is there. */
async function answers(qemu: ChildProcess, port: number, folder: string): Promise<void> {
  let complaints = "";
  qemu.stderr?.on("data", (data) => (complaints += String(data)));
  const deadline = Date.now() + 300_000;
  // Longer each time: on a busy computer hasty questions would keep the guest from answering any.
  let patience = 1000;
  while (!(await hasBanner(port, patience))) {
    patience = Math.min(2 * patience, 30_000);
    if (qemu.exitCode !== null || qemu.signalCode !== null || Date.now() > deadline) {
      const log = join(folder, "console.log");
      const end = existsSync(log) ? readFileSync(log, "utf8").slice(-3000) : "";
      throw new Error(`the guest does not answer on port ${port}\n${complaints}\n${end}`);
    }
  }
}

/** Waits for the first bytes at a port, for so many milliseconds at most. */
function hasBanner(port: number, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => end(false), patience);
    const end = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    // The front door takes a silent client for SSH too, but only after a delay.
    socket.once("connect", () => socket.write("SSH-2.0-probe\r\n"));
    socket.once("data", (data) => end(data.toString().startsWith("SSH-")));
    // Who refuses is asked again a second later.
    socket.on("error", () => undefined);
    socket.on("close", () => setTimeout(() => end(false), 1000));
  });
}
