import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { run, succeeded } from "../run";

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
  /** What answers where the machine looks for EC2's 169.254.169.254. */
  metadata: Server;
}

/** The machine behind an instance, from a start to the next stop. */
export abstract class InstanceProcess {
  /** Where the guest's port 2376 is reached on loopback. */
  readonly port: number;
  /** Ends with the process, however that comes about. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private complaints = "";

  /** `command` makes qmp.sock and console.log in the folder. */
  protected constructor(command: string[], environment: NodeJS.ProcessEnv, folder: string, port: number) {
    this.port = port;
    this.folder = folder;
    // It dies with this process, even a killed one.
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...environment },
    });
    this.child.stderr?.on("data", (data) => (this.complaints += String(data)));
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
  }

  /** A volume is attached while the guest runs. */
  abstract plug(disk: Disk): Promise<void>;

  /** A volume has grown while the guest runs. */
  abstract grow(volume: string, gibibytes: number): Promise<void>;

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

  protected async takesCommands(): Promise<void> {
    while (!existsSync(join(this.folder, "qmp.sock"))) {
      if (!this.alive) throw new Error(`The machine did not start: ${this.complaints}`);
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  protected async monitor(command: string, args: object): Promise<void> {
    const socket = join(this.folder, "qmp.sock");
    succeeded(await run(["node", monitor, socket, command, JSON.stringify(args)]));
  }
}

/** As Nitro's NVMe controllers show it: without the hyphen, which leaves 20 characters, as many as fit. */
export function serialOf(volume: string): string {
  return volume.replace("-", "");
}

/** As firmware and hypervisor show it, which cloud-init knows EC2 by. */
export function uuidOf(instance: string): string {
  return `ec2${instance.slice(2).padEnd(29, "0").slice(0, 29)}`.replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
}

/** What a machine has written to its console since it was made. */
export function consoleOf(folder: string): string {
  const file = join(folder, "console.log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
