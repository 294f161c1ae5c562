import { join } from "node:path";
import { freePort } from "../freePort";
import { type Disk, type Hardware, InstanceProcess, serialOf, uuidOf } from "./instance";
import { portOf } from "./metadata";

/** More volumes than any test attaches. */
const slots = 4;

/** An instance as a virtual machine. */
export class VirtualInstance extends InstanceProcess {
  private plugged: number;

  private constructor(hardware: Hardware, port: number) {
    super(qemu(hardware, port), {}, hardware.folder, port);
    this.plugged = hardware.disks.length;
  }

  static async start(hardware: Hardware): Promise<VirtualInstance> {
    const started = new VirtualInstance(hardware, await freePort());
    await started.takesCommands();
    return started;
  }

  override async plug(disk: Disk): Promise<void> {
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

  override async grow(volume: string, gibibytes: number): Promise<void> {
    await this.monitor("block_resize", { "node-name": volume, size: gibibytes * 2 ** 30 });
  }
}

/**
 * The root volume is NVMe, as Nitro's. The others are virtio: QEMU's NVMe tells no guest that a disk has grown.
 */
function qemu(hardware: Hardware, port: number): string[] {
  const { id, type, memory, mac, root, disks, image, metadata } = hardware;
  const uuid = uuidOf(id);
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
    // One processor: of two emulated ones the second now and then doesn't wake up any more.
    ...["-m", String(memory), "-device", "virtio-rng-pci"],
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
