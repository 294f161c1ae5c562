import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { freePort } from "../freePort";
import { run, succeeded } from "../run";
import { portOf } from "./metadata";

const monitor = join(__dirname, "../../../components/machine/local/monitor.js");

/** A disk of an instance: a volume's file. */
export interface Disk {
  volume: string;
  file: string;
}

export interface Hardware {
  /** The instance's id. */
  id: string;
  type: string;
  cpus: number;
  /** MiB. */
  memory: number;
  mac: string;
  root: Disk;
  /** Attached before the start. */
  disks: Disk[];
  /** Folder with kernel and initial file system. */
  image: string;
  /** The machine's own, for console and monitor. */
  folder: string;
  /** What answers at 10.0.2.100, where the image looks for EC2's 169.254.169.254. */
  metadata: Server;
}

/** More volumes than any test attaches. */
const slots = 4;

/** The virtual machine behind an instance, from a start to the next stop. */
export class InstanceProcess {
  /** Where the guest's port 2376 is reached on loopback. */
  readonly port: number;
  /** Ends with the process, however that comes about. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private complaints = "";
  private plugged: number;

  private constructor(hardware: Hardware, port: number) {
    this.port = port;
    this.folder = hardware.folder;
    this.plugged = hardware.disks.length;
    // It dies with this process, even a killed one.
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", ...qemu(hardware, port)], {
      cwd: hardware.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr?.on("data", (data) => (this.complaints += String(data)));
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
  }

  static async start(hardware: Hardware): Promise<InstanceProcess> {
    const started = new InstanceProcess(hardware, await freePort());
    const socket = join(hardware.folder, "qmp.sock");
    while (!existsSync(socket)) {
      if (!started.alive) throw new Error(`QEMU did not start: ${started.complaints}`);
      await new Promise((next) => setTimeout(next, 50));
    }
    return started;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks the guest to shut down, and after a minute pulls the plug, as EC2 does. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    await this.monitor("system_powerdown", {});
    const patience = setTimeout(() => this.child.kill("SIGKILL"), 60_000);
    await this.ended;
    clearTimeout(patience);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** A volume is attached while the guest runs. */
  async plug(disk: Disk): Promise<void> {
    const { volume } = disk;
    const cache = { "no-flush": true };
    const file = { driver: "file", filename: disk.file, cache };
    await this.monitor("blockdev-add", { driver: "raw", "node-name": volume, discard: "unmap", cache, file });
    const bus = `slot${this.plugged++}`;
    await this.monitor("device_add", {
      driver: "virtio-blk-pci",
      drive: volume,
      serial: serialOf(volume),
      bus,
    });
  }

  /** A volume has grown while the guest runs. */
  async grow(volume: string, gibibytes: number): Promise<void> {
    await this.monitor("block_resize", { "node-name": volume, size: gibibytes * 2 ** 30 });
  }

  private async monitor(command: string, args: object): Promise<void> {
    const socket = join(this.folder, "qmp.sock");
    succeeded(await run(["node", monitor, socket, command, JSON.stringify(args)]));
  }
}

/** As Nitro's NVMe controllers show it: without the hyphen, which leaves 20 characters, as many as fit. */
export function serialOf(volume: string): string {
  return volume.replace("-", "");
}

/** What a machine has written to its console since it was made. */
export function consoleOf(folder: string): string {
  const file = join(folder, "console.log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * The root volume is NVMe, as Nitro's. The others are virtio: QEMU's NVMe tells no guest that a disk has grown.
 */
function qemu(hardware: Hardware, port: number): string[] {
  const { id, type, cpus, memory, mac, root, disks, image, metadata } = hardware;
  const uuid = `ec2${id.slice(2).padEnd(29, "0").slice(0, 29)}`.replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
  const network = [
    "user,id=net,ipv6=off",
    `hostfwd=tcp:127.0.0.1:${port}-:2376`,
    `guestfwd=tcp:10.0.2.100:80-cmd:busybox nc 127.0.0.1 ${portOf(metadata)}`,
  ];
  // A volume outlives its machine's end, not this computer's: nothing needs to reach the disk at once.
  const file = (disk: Disk) =>
    `driver=raw,node-name=${disk.volume},discard=unmap,cache.no-flush=on,file.driver=file,file.filename=${disk.file},file.cache.no-flush=on`;
  return [
    ...["qemu-system-x86_64", "-name", `guest=remote-docker-ec2/${id}`, "-nodefaults", "-no-user-config"],
    ...[
      "-display",
      "none",
      "-machine",
      "q35,sata=off,smbus=off",
      "-accel",
      "tcg,thread=multi",
      "-cpu",
      "qemu64",
      "-rtc",
      "base=utc",
    ],
    ...["-smp", String(cpus), "-m", String(memory), "-device", "virtio-rng-pci"],
    ...["-smbios", `type=1,manufacturer=Amazon EC2,product=${type},serial=${uuid},uuid=${uuid}`],
    ...["-kernel", join(image, "vmlinuz"), "-initrd", join(image, "initrd.img")],
    // Under emulation BPF's programs and the search for a virtual socket take seconds of each boot.
    ...[
      "-append",
      "root=LABEL=root ro console=ttyS0 lsm=landlock,lockdown,yama,apparmor systemd.ssh_auto=no",
    ],
    ...["-blockdev", file(root), "-device", `nvme,drive=${root.volume},serial=${serialOf(root.volume)}`],
    ...Array.from({ length: slots }, (_, n) => [
      "-device",
      `pcie-root-port,id=slot${n},slot=${n + 1}`,
    ]).flat(),
    ...disks.flatMap((disk, n) => [
      ...["-blockdev", file(disk)],
      ...["-device", `virtio-blk-pci,drive=${disk.volume},serial=${serialOf(disk.volume)},bus=slot${n}`],
    ]),
    ...["-netdev", network.join(","), "-device", `virtio-net-pci,netdev=net,mac=${mac}`],
    ...["-chardev", "file,id=console,path=console.log,append=on", "-serial", "chardev:console"],
    ...["-qmp", "unix:qmp.sock,server=on,wait=off"],
  ];
}
