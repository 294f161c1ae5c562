import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { endProcessesNaming } from "../../../support/processes";
import { run, type Outcome } from "../../../support/run";

export const scripts = join(__dirname, "../../../../components/machine/local");

/** What the guest of a pretended QEMU does: {@link file://./fakeQemu.js} */
type Guest = "boots" | "dies" | "crashes" | "isKilled" | "panics" | "hangs";

/** A computer for the scripts, with folders of its own and, where a test says so, tools that only pretend. */
export class Computer {
  readonly folder = mkdtempSync(join(tmpdir(), "remote-docker-unit-"));
  readonly cache = join(this.folder, "cache/remote-docker");
  readonly states = join(this.folder, "state");
  readonly state = join(this.states, "remote-docker/p/s/machine");
  readonly environment: Record<string, string>;

  constructor() {
    const bin = join(this.folder, "bin");
    for (const folder of [bin, this.cache, this.states]) mkdirSync(folder, { recursive: true });
    this.environment = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      XDG_CACHE_HOME: join(this.folder, "cache"),
      XDG_STATE_HOME: this.states,
      CPUS: "2",
      MEMORY: "1024",
      DISK_SIZE: "4",
      BIND: "127.0.0.1",
      PORT: "1",
      INCARNATION: "SHA256:one",
      GENERATION: "1",
      MIRROR: "http://mirror.example/debian",
    };
    // No test asks whether KVM works here.
    writeFileSync(join(this.cache, `accelerator-${release()}`), "-accel tcg\n");
  }

  /** Puts an executable before all others on the path. */
  tool(name: string, text: string): void {
    const file = join(this.folder, "bin", name);
    // A new file, since bash goes on reading the text of a script that is running.
    writeFileSync(`${file}.new`, text, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }

  /** A path on which there is nothing but the named tools of this computer. */
  onlyTools(names: string[]): string {
    const bin = join(this.folder, "few");
    mkdirSync(bin);
    for (const name of names) {
      const target = execFileSync("bash", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
      writeFileSync(join(bin, name), `#!/bin/sh\nexec ${target} "$@"\n`, { mode: 0o755 });
    }
    return bin;
  }

  script(name: string, args: string[], changes: Record<string, string> = {}, input = ""): Promise<Outcome> {
    const env = { ...this.environment, ...changes };
    return run(["bash", join(scripts, name), ...args], { env, input });
  }

  /** Where the image of the recipe belongs. */
  async image(): Promise<string> {
    return (await this.script("image.sh", ["path"])).stdout.trim();
  }

  /** A small image in the place of the one that the recipe would build. */
  async fakeImage(): Promise<void> {
    const image = await this.image();
    const tree = join(this.folder, "tree");
    mkdirSync(join(tree, "var/lib/cloud/seed/nocloud"), { recursive: true });
    mkdirSync(image, { recursive: true });
    for (const file of ["vmlinuz", "initrd.img"]) writeFileSync(join(image, file), file);
    execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", tree, join(image, "root.ext4"), "16M"]);
  }

  /** QEMU is from now on a program that behaves like the named guest. */
  fakeQemu(guest: Guest, version = "10.0.2"): void {
    const fake = join(__dirname, "fakeQemu.js");
    this.tool(
      "qemu-system-x86_64",
      `#!/bin/sh
if [ "$1" = --version ]; then echo "QEMU emulator version ${version}"; exit; fi
exec node ${fake} ${guest} "$@"
`,
    );
  }

  /** The text of a file of the machine's state. */
  recorded(name: string): string {
    return readFileSync(join(this.state, name), "utf8").trim();
  }

  /** The machine's process, if its number was recorded and it lives. */
  get pid(): number | undefined {
    try {
      const pid = Number(this.recorded("qemu.pid"));
      process.kill(pid, 0);
      return pid;
    } catch {
      return undefined;
    }
  }

  /** Pulls the machine's plug; it has ended when this is done. */
  killMachine(): Promise<void> {
    return endProcessesNaming(this.state);
  }

  /** Names of what is left below the state folder. */
  get left(): string[] {
    return readdirSync(this.states, { recursive: true }) as string[];
  }

  /** Ends what a test has left running and removes everything. */
  remove(): void {
    if (this.pid !== undefined) process.kill(this.pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  copyOfScripts(): string {
    const copy = join(this.folder, "scripts");
    cpSync(scripts, copy, { recursive: true });
    return copy;
  }
}
