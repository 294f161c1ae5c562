import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestKind } from "../container/container";
import { type Outcome, run } from "../run";
import { MachineRoom } from "./machineRoom";

const original = join(__dirname, "../../..");

/** Of nobody on this computer. */
const uid = 54_321;

/** What a Debian user has: without the folders that are for root. */
const usersPath = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

/**
 * Somebody who isn't root, whose home, checkout and XDG folders have a space in their paths. The account and node_modules
 * are there for their processes alone, by mounts in a namespace. Where tests have system containers, root boots one for
 * each machine of theirs.
 */
export class OtherUser {
  readonly folder = mkdtempSync(join(tmpdir(), "remote-docker-user-"));
  readonly home = join(this.folder, "some body");
  readonly checkout = join(this.home, "my checkout");
  readonly cache = join(this.home, "my cache");
  readonly state = join(this.home, "my state");
  private readonly bin = join(this.folder, "bin");
  private readonly room = new MachineRoom(this.bin);

  async moveIn(): Promise<void> {
    chmodSync(this.folder, 0o755);
    for (const folder of [this.bin, this.home, this.checkout, join(this.checkout, "node_modules")])
      mkdirSync(folder);
    const parts = ["components", "engine", "cli", "scripts"];
    const files = [
      "index.ts",
      "config.ts",
      "Pulumi.yaml",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
    ];
    for (const part of [...parts, ...files])
      cpSync(join(original, part), join(this.checkout, part), { recursive: true });
    for (const database of ["passwd", "group"]) copyFileSync(`/etc/${database}`, join(this.folder, database));
    appendFileSync(join(this.folder, "passwd"), `body:x:${uid}:${uid}::${this.home}:/bin/bash\n`);
    appendFileSync(join(this.folder, "group"), `body:x:${uid}:\n`);
    if (guestKind() === "container") {
      copyFileSync(join(__dirname, "relayedQemu.js"), join(this.bin, "relayedQemu.js"));
      const qemu = `#!/bin/sh\nexec node ${this.bin}/relayedQemu.js "$@"\n`;
      writeFileSync(join(this.bin, "qemu-system-x86_64"), qemu, { mode: 0o755 });
    }
    execFileSync("chown", ["-R", `${uid}:${uid}`, this.home]);
    await this.room.open();
  }

  /**
   * Runs a shell's command in the checkout, as the user in a shell of their own.
   *
   * @param account whether their number has a name, as it hasn't in many a container
   */
  run(command: string, account = true): Promise<Outcome> {
    const mounts = `
      for file in ${account ? "passwd group" : ""}; do mount --bind "$1/$file" "/etc/$file"; done
      mount --bind "$2/node_modules" "$3/node_modules"
      cd "$3"; shift 3
      exec setpriv --reuid=${uid} --regid=${uid} --clear-groups env --ignore-environment "$@"`;
    const environment = {
      HOME: this.home,
      USER: "body",
      XDG_CACHE_HOME: this.cache,
      XDG_STATE_HOME: this.state,
      PATH: `${this.bin}:${usersPath}`,
      REMOTE_DOCKER_ENGINE: "offline",
    };
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const namespace = ["unshare", "--mount", "--propagation", "private", "bash", "-euc", mounts, "bash"];
    return run([...namespace, this.folder, original, this.checkout, ...words, "bash", "-c", command]);
  }

  /** What is below their home and belongs to somebody else. */
  notTheirs(): string {
    return execFileSync("find", [this.home, "!", "-uid", String(uid)], { encoding: "utf8" });
  }

  async remove(): Promise<void> {
    await this.room.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
