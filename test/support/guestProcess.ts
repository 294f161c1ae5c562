import { spawn } from "node:child_process";
import { join } from "node:path";
import { freePort } from "./freePort";
import { type Launched, launched } from "./launched";
import { run, succeeded } from "./run";

const monitor = join(__dirname, "../../components/machine/local/monitor.js");

/** A virtual machine's process. */
export interface LaunchedQemu extends Launched {
  /** Gives QEMU a command and returns its answer. */
  monitor(command: string, args: object): Promise<unknown>;
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
export async function launchQemu(base: string, folder: string, more: string[]): Promise<LaunchedQemu> {
  const port = await freePort();
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...qemu(base, folder, port), ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return {
    ...launched(child, port, join(folder, "console.log")),
    monitor: async (command, args) => {
      const socket = join(folder, "qmp.sock");
      const { stdout } = succeeded(await run(["node", monitor, socket, command, JSON.stringify(args)]));
      return JSON.parse(stdout) as unknown;
    },
  };
}
