import type { Instance } from "@aws-sdk/client-ec2";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, existsSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, run, succeeded } from "../run";
import type { Account } from "./account";
import { passOffAsUbuntu, ubuntu } from "./image/ubuntu";
import { type GuestKind, guestKind } from "../container/container";
import { ContainerInstance } from "./containerInstance";
import { consoleOf, type Disk, type InstanceProcess } from "./instance";
import { type InstanceData, metadataService } from "./metadata";
import { VirtualInstance } from "./virtualInstance";

const imageScript = join(__dirname, "../../../components/machine/local/image.sh");
const recipe = join(__dirname, "image/recipe.sh");

/** More would only cost this computer memory. */
const mostMemory = 4096;

/** What instances run on. */
export interface Machines {
  /** Told when a guest has shut itself down. */
  onShutdown: (instance: string) => void;
  /** The port of loopback that leads to a running instance's port 2376. */
  portOf(instance: string): number | undefined;
  start(instance: Instance, account: Account): Promise<void>;
  stop(instance: string): Promise<void>;
  /** Ends it for good; its root volume goes as well. */
  terminate(instance: string, root: string): Promise<void>;
  attach(instance: string, volume: string, gibibytes: number): Promise<void>;
  /** A volume has grown; attached to an instance, if any. */
  grow(instance: string | undefined, volume: string, gibibytes: number): Promise<void>;
  /** An image is made of a stopped instance's root volume. */
  keep(image: string, root: string): Promise<void>;
  /** A volume is deleted. */
  remove(volume: string): void;
  /** What the instance has written to its console. */
  console(instance: string): string;
  /** Ends everything. */
  end(): Promise<void>;
}

/** The machines of an account, each on its volumes' files and with its own metadata service. */
export class Hypervisor implements Machines {
  private readonly folder = mkdtempSync(join(tmpdir(), "ec2-"));
  private readonly running = new Map<string, InstanceProcess>();
  private readonly services = new Map<string, Server>();
  onShutdown: (id: string) => void = () => undefined;

  /** @param kindOf what an instance is when it starts. Default: a system container where this computer can have one */
  constructor(private readonly kindOf: (instance: Instance) => GuestKind = guestKind) {}

  portOf(instance: string): number | undefined {
    const process = this.running.get(instance);
    return process?.alive ? process.port : undefined;
  }

  async start(instance: Instance, account: Account): Promise<void> {
    const id = instance.InstanceId ?? "";
    if (this.running.get(id)?.alive) return;
    const folder = join(this.folder, id);
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, "qmp.sock"), { force: true });
    if (!this.services.has(id)) this.services.set(id, await metadataService(() => about(id, account)));
    const type = await account.instanceType(instance.InstanceType ?? "");
    const [root, ...disks] = await this.disks(instance, account);
    const machine = this.kindOf(instance) === "container" ? ContainerInstance : VirtualInstance;
    const started = await machine.start({
      id,
      type: instance.InstanceType ?? "",
      memory: Math.min(type.MemoryInfo?.SizeInMiB ?? mostMemory, mostMemory),
      mac: instance.NetworkInterfaces?.[0]?.MacAddress ?? "0e:00:00:00:00:01",
      root,
      disks,
      image: imageFolder(),
      folder,
      metadata: this.services.get(id) as Server,
    });
    this.running.set(id, started);
    void started.ended.then(() => {
      if (this.running.get(id) !== started) return;
      this.running.delete(id);
      this.onShutdown(id);
    });
  }

  async stop(id: string): Promise<void> {
    const process = this.running.get(id);
    this.running.delete(id);
    await process?.stop();
  }

  async terminate(id: string, root: string): Promise<void> {
    await this.stop(id);
    this.services.get(id)?.close();
    this.services.delete(id);
    rmSync(this.file(root), { force: true });
  }

  async attach(id: string, volume: string, size: number): Promise<void> {
    await this.running.get(id)?.plug(this.disk(volume, size));
  }

  async grow(id: string | undefined, volume: string, size: number): Promise<void> {
    const process = id === undefined ? undefined : this.running.get(id);
    if (process) await process.grow(volume, size);
    else if (existsSync(this.file(volume))) truncateSync(this.file(volume), size * 2 ** 30);
  }

  async keep(image: string, root: string): Promise<void> {
    await copy(this.file(root), this.file(image));
  }

  remove(volume: string): void {
    rmSync(this.file(volume), { force: true });
  }

  console(id: string): string {
    return consoleOf(join(this.folder, id));
  }

  async end(): Promise<void> {
    const processes = [...this.running.values()];
    this.running.clear();
    await Promise.all(processes.map((process) => process.kill()));
    for (const service of this.services.values()) service.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The root volume's comes first; a new one is a copy of the image. */
  private async disks(instance: Instance, account: Account): Promise<Disk[]> {
    const mappings = instance.BlockDeviceMappings ?? [];
    const isRoot = ({ DeviceName }: (typeof mappings)[number]) => DeviceName === instance.RootDeviceName;
    const ordered = [...mappings.filter(isRoot), ...mappings.filter((one) => !isRoot(one))];
    const volumes = ordered.map(({ Ebs }) => Ebs?.VolumeId ?? "");
    if (!existsSync(this.file(volumes[0]))) await this.fill(volumes[0], instance.ImageId ?? "");
    return Promise.all(volumes.map(async (id) => this.disk(id, (await account.volume(id)).Size ?? 0)));
  }

  private async fill(root: string, ami: string): Promise<void> {
    const kept = this.file(ami);
    if (existsSync(kept)) await copy(kept, this.file(root));
    else await newRootVolume(this.file(root));
    if (ami === ubuntu) await passOffAsUbuntu(this.file(root));
  }

  private disk(volume: string, gibibytes: number): Disk {
    const file = this.file(volume);
    if (!existsSync(file)) writeFileSync(file, "");
    truncateSync(file, gibibytes * 2 ** 30);
    return { volume, file };
  }

  private file(volumeOrImage: string): string {
    return join(this.folder, `${volumeOrImage}.raw`);
  }
}

function copy(from: string, to: string): Promise<Outcome> {
  return run(["cp", "--sparse=always", "--reflink=auto", from, to]).then(succeeded);
}

/** A root volume's file as Debian's image has it. */
export async function newRootVolume(file: string): Promise<void> {
  await copy(join(imageFolder(), "root.ext4"), file);
}

/** The folder of Debian's image, with kernel and initial file system. */
export function imageFolder(): string {
  return execFileSync("bash", [imageScript, "path", recipe], { encoding: "utf8" }).trim();
}

/** What the instance is told of itself, as it is at the moment. */
async function about(id: string, account: Account): Promise<InstanceData> {
  const instance = await account.instance(id);
  const zone = instance.Placement?.AvailabilityZone ?? "";
  const region = zone.slice(0, -1);
  const hostname = instance.PrivateDnsName ?? "";
  const mac = instance.NetworkInterfaces?.[0]?.MacAddress ?? "";
  const nic = {
    "device-number": "0",
    "local-ipv4s": instance.PrivateIpAddress ?? "",
    mac,
    "subnet-id": instance.SubnetId ?? "",
    // Without it cloud-init takes the instance for one of EC2-Classic, and sets up the network again at each boot.
    "vpc-id": instance.VpcId ?? "",
  };
  const identity = {
    instanceId: id,
    instanceType: instance.InstanceType,
    imageId: instance.ImageId,
    region,
    availabilityZone: zone,
    privateIp: instance.PrivateIpAddress,
    accountId: "123456789012",
  };
  return {
    "meta-data": {
      "ami-id": instance.ImageId ?? "",
      hostname,
      "instance-id": id,
      "instance-type": instance.InstanceType ?? "",
      "local-hostname": hostname,
      "local-ipv4": instance.PrivateIpAddress ?? "",
      mac,
      network: { interfaces: { macs: { [mac]: nic } } },
      placement: { "availability-zone": zone, region },
      services: { domain: "amazonaws.com", partition: "aws" },
    },
    dynamic: { "instance-identity": { document: JSON.stringify(identity) } },
    "user-data": await account.userData(id),
  };
}
