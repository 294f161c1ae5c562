import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import { arn, ec2, ifThere, tagged, type Tags, until } from "./api.ts";
import { stopInstance } from "./instanceState.ts";
import { present, resource } from "./resource.ts";

interface VolumeInputs {
  availabilityZone: string;
  size?: number;
  type?: string;
  iops?: number;
  throughput?: number;
  encrypted?: boolean;
  kmsKeyId?: string;
  tags?: Tags;
}

const volume = resource<VolumeInputs>({
  updates: ["size", "type", "iops", "throughput"],
  replaces: ["availabilityZone", "encrypted", "kmsKeyId"],
  keeps: ["size", "type", "iops", "throughput", "encrypted", "kmsKeyId"],
  async create(inputs, { signal }) {
    const { VolumeId = "" } = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: inputs.availabilityZone,
        Size: inputs.size,
        VolumeType: inputs.type as VolumeType,
        Iops: inputs.iops,
        Throughput: inputs.throughput,
        Encrypted: inputs.encrypted,
        KmsKeyId: inputs.kmsKeyId,
        TagSpecifications: tagged("volume", inputs.tags),
      }),
    );
    await until(signal, async () => (await volumeOf(VolumeId))?.State === "available");
    return VolumeId;
  },
  async read(id) {
    const found = await volumeOf(id);
    return (
      found &&
      present({
        arn: arn("ec2", `volume/${id}`),
        size: found.Size,
        type: found.VolumeType,
        iops: found.Iops,
        throughput: found.Throughput,
        encrypted: found.Encrypted,
        kmsKeyId: found.KmsKeyId,
        createTime: found.CreateTime?.toISOString(),
      })
    );
  },
  /** Doesn't wait for the modification. A value that isn't given is the volume's own, also when the type changes. */
  async update(VolumeId, { news, has }) {
    if (!has("size", "type", "iops", "throughput")) return;
    const now = await volumeOf(VolumeId);
    const { type = now?.VolumeType, iops = now?.Iops, throughput = now?.Throughput } = news;
    await ec2.send(
      new ModifyVolumeCommand({
        VolumeId,
        Size: has("size") ? news.size : undefined,
        VolumeType: has("type") ? (type as VolumeType) : undefined,
        Iops: has("iops") || (has("type") && type !== "gp2") ? iops : undefined,
        Throughput: type === "gp3" ? throughput : undefined,
      }),
    );
  },
  async delete(VolumeId, _inputs, { signal }) {
    await ec2.send(new DeleteVolumeCommand({ VolumeId }));
    await until(signal, async () => (await volumeOf(VolumeId)) === undefined);
  },
});

export async function volumeOf(id: string) {
  return (await ifThere(ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))))?.Volumes?.[0];
}

/** Of an instance's root volume: waits until the machine can use the new size, when the modification is being optimized. */
export async function modifyVolume(
  VolumeId: string,
  change: { Size?: number; VolumeType?: VolumeType; Iops?: number; Throughput?: number },
  signal: AbortSignal,
): Promise<void> {
  await ec2.send(new ModifyVolumeCommand({ VolumeId, ...change }));
  await until(signal, async () => {
    const asking = ec2.send(new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] }));
    const [last] = (await asking).VolumesModifications?.toReversed() ?? [];
    return last === undefined || ["optimizing", "completed"].includes(last.ModificationState ?? "");
  });
}

interface AttachmentInputs {
  instanceId: string;
  volumeId: string;
  deviceName: string;
  stopInstanceBeforeDetaching?: boolean;
  skipDestroy?: boolean;
  forceDetach?: boolean;
}

const attachment = resource<AttachmentInputs>({
  updates: ["stopInstanceBeforeDetaching", "skipDestroy", "forceDetach"],
  replaces: ["instanceId", "volumeId", "deviceName"],
  tags: false,
  async create({ instanceId: InstanceId, volumeId: VolumeId, deviceName: Device }, { signal }) {
    await ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId, Device }));
    await until(signal, () => isAttached(VolumeId, InstanceId));
    return `vai-${VolumeId.slice(4, 14)}`;
  },
  async read(_id, { volumeId, instanceId }) {
    return (await isAttached(volumeId, instanceId)) ? {} : undefined;
  },
  async delete(_id, inputs, { signal }) {
    const { instanceId: InstanceId, volumeId: VolumeId, deviceName: Device } = inputs;
    if (inputs.skipDestroy) return;
    if (inputs.stopInstanceBeforeDetaching) await stopInstance(InstanceId, signal);
    await ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId, Device }));
    await until(signal, async () => !(await isAttached(VolumeId, InstanceId)));
  },
});

async function isAttached(volumeId: string, instanceId: string): Promise<boolean> {
  const found = await volumeOf(volumeId);
  return found?.Attachments?.some(({ InstanceId }) => InstanceId === instanceId) ?? false;
}

export const volumes = {
  "aws:ebs/volume:Volume": volume,
  "aws:ec2/volumeAttachment:VolumeAttachment": attachment,
};
