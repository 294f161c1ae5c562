import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../freePort";
import { type Disk, type Hardware, InstanceProcess, uuidOf } from "./instance";
import { portOf } from "./metadata";

const containers = join(__dirname, "../container");

/**
 * An instance as a system container, at native speed: like those of Xen, whose volumes have no serial numbers. It can't show
 * kernel and fstab, nor a file system that grows while it is in use.
 */
export class ContainerInstance extends InstanceProcess {
  private plugged: number;

  private constructor(hardware: Hardware, port: number) {
    super(["bash", join(containers, "machine.sh")], environment(hardware, port), hardware.folder, port);
    this.plugged = hardware.disks.length;
  }

  static async start(hardware: Hardware): Promise<ContainerInstance> {
    const started = new ContainerInstance(hardware, await freePort());
    await started.takesCommands();
    return started;
  }

  override async kill(): Promise<void> {
    await super.kill();
    spawnSync("bash", [join(containers, "sweep.sh")]);
  }

  override async plug({ file }: Disk): Promise<void> {
    await this.monitor("device_add", { name: deviceName(this.plugged++), file });
  }

  override grow(volume: string): Promise<void> {
    return Promise.reject(
      new Error(`${volume}: a system container's file system can't grow while it is in use`),
    );
  }
}

function environment(hardware: Hardware, port: number): NodeJS.ProcessEnv {
  const { id, folder, mac, root, disks, metadata } = hardware;
  return {
    CONTAINER_DISK: root.file,
    CONTAINER_FORWARD: `127.0.0.1:${port}`,
    CONTAINER_CONSOLE: join(folder, "console.log"),
    CONTAINER_TERMINAL: "yes",
    CONTAINER_QMP: join(folder, "qmp.sock"),
    CONTAINER_COVER: join(__dirname, "container/cover.sh"),
    CONTAINER_HARDWARE: join(__dirname, "container/hardware.js"),
    CONTAINER_UUID: uuidOf(id),
    CONTAINER_MAC: mac,
    CONTAINER_METADATA: String(portOf(metadata)),
    CONTAINER_VOLUMES: disks.map(({ file }, index) => `${deviceName(index)}=${file}`).join(" "),
  };
}

/** EC2's /dev/sdf is Xen's /dev/xvdf. */
function deviceName(index: number): string {
  return `xvd${"fghijklmnop"[index]}`;
}
