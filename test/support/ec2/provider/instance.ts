import {
  type _InstanceType as InstanceTypeName,
  AssociateIamInstanceProfileCommand,
  type BlockDeviceMapping,
  CancelSpotInstanceRequestsCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstanceTypesCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  type Instance,
  type InstanceMarketOptionsRequest,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import { arn, ec2, tagged, type Tags } from "./api.ts";
import { instanceOf, runs, startInstance, stopInstance, terminateInstance } from "./instanceState.ts";
import { type Change, present, resource, retag } from "./resource.ts";
import { modifyVolume } from "./volumes.ts";

interface RootBlockDevice {
  volumeType?: string;
  volumeSize?: number;
  iops?: number;
  throughput?: number;
  encrypted?: boolean;
  kmsKeyId?: string;
  deleteOnTermination?: boolean;
  tags?: Tags;
}

interface MetadataOptions {
  httpEndpoint?: "enabled" | "disabled";
  httpTokens?: "required" | "optional";
  httpPutResponseHopLimit?: number;
}

interface InstanceInputs {
  ami: string;
  instanceType: string;
  primaryNetworkInterface: { networkInterfaceId: string };
  userData?: string;
  userDataReplaceOnChange?: boolean;
  metadataOptions?: MetadataOptions;
  rootBlockDevice?: RootBlockDevice;
  disableApiTermination?: boolean;
  instanceMarketOptions?: {
    marketType?: "spot";
    spotOptions?: { spotInstanceType?: "persistent" | "one-time"; instanceInterruptionBehavior?: "stop" };
  };
  iamInstanceProfile?: string;
  forceDestroy?: boolean;
  tags?: Tags;
}

const instance = resource<InstanceInputs>({
  updates: [
    "instanceType",
    "userData",
    "userDataReplaceOnChange",
    "metadataOptions",
    "rootBlockDevice",
    "disableApiTermination",
    "iamInstanceProfile",
    "forceDestroy",
  ],
  replaces: ["ami", "primaryNetworkInterface", "instanceMarketOptions"],
  keeps: ["instanceMarketOptions", "iamInstanceProfile"],
  mustReplace: (name, olds, news) =>
    (name === "instanceType" && isArm(olds.instanceType) !== isArm(news.instanceType)) ||
    (name === "rootBlockDevice" && !isSameDisk(olds.rootBlockDevice, news.rootBlockDevice)),
  async create(inputs, { signal }) {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [inputs.ami] }));
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: inputs.ami,
        InstanceType: inputs.instanceType as InstanceTypeName,
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          { DeviceIndex: 0, NetworkInterfaceId: inputs.primaryNetworkInterface.networkInterfaceId },
        ],
        UserData: inputs.userData && Buffer.from(inputs.userData).toString("base64"),
        MetadataOptions: metadataOptions(inputs.metadataOptions),
        BlockDeviceMappings: rootDevice(Images[0]?.RootDeviceName, inputs.rootBlockDevice),
        DisableApiTermination: inputs.disableApiTermination,
        InstanceMarketOptions: marketOptions(inputs.instanceMarketOptions),
        IamInstanceProfile: inputs.iamInstanceProfile ? { Name: inputs.iamInstanceProfile } : undefined,
        TagSpecifications: tagged("instance", inputs.tags),
      }),
    );
    const id = Instances[0]?.InstanceId ?? "";
    await runs(id, signal);
    const root = await rootVolume((await instanceOf(id)) ?? {});
    await retag(root?.VolumeId ?? "", {}, inputs.rootBlockDevice?.tags ?? {});
    return id;
  },
  async read(id, { instanceType, rootBlockDevice }) {
    const found = await instanceOf(id);
    if (!found) return undefined;
    const root = await rootVolume(found);
    await readMore(found, instanceType);
    return present({
      arn: arn("ec2", `instance/${id}`),
      instanceState: found.State?.Name,
      availabilityZone: found.Placement?.AvailabilityZone,
      primaryNetworkInterfaceId: found.NetworkInterfaces?.[0]?.NetworkInterfaceId,
      subnetId: found.SubnetId,
      privateIp: found.PrivateIpAddress,
      privateDns: found.PrivateDnsName,
      publicIp: found.PublicIpAddress,
      publicDns: found.PublicDnsName,
      instanceLifecycle: found.InstanceLifecycle,
      spotInstanceRequestId: found.SpotInstanceRequestId,
      rootBlockDevice: present({
        ...rootBlockDevice,
        deviceName: found.RootDeviceName,
        volumeId: root?.VolumeId,
        volumeSize: root?.Size,
        volumeType: root?.VolumeType,
      }),
    });
  },
  async update(id, change, { signal }) {
    const { news, has } = change;
    const modify = (what: object) =>
      ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...what }));
    const whileStopped = async (what: object) => {
      await stopInstance(id, signal);
      await modify(what);
      await startInstance(id, signal);
    };
    if (has("iamInstanceProfile")) await changeProfile(id, news.iamInstanceProfile);
    if (has("instanceType")) await whileStopped({ InstanceType: { Value: news.instanceType } });
    if (has("userData")) await whileStopped({ UserData: { Value: Buffer.from(news.userData ?? "") } });
    if (has("disableApiTermination")) {
      await modify({ DisableApiTermination: { Value: news.disableApiTermination ?? false } });
    }
    if (has("metadataOptions")) {
      const options = metadataOptions(news.metadataOptions);
      await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...options }));
    }
    if (has("rootBlockDevice")) await changeRoot(id, change, signal);
  },
  async delete(InstanceId, { forceDestroy }, { signal }) {
    const requests = [(await instanceOf(InstanceId))?.SpotInstanceRequestId ?? []].flat();
    if (forceDestroy) {
      for (const protection of [
        { DisableApiTermination: { Value: false } },
        { DisableApiStop: { Value: false } },
      ]) {
        // EC2 says of a spot instance that it can't be protected.
        const asking = ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...protection }));
        await asking.catch(() => undefined);
      }
    }
    // Else a persistent request would start another one.
    if (requests.length > 0) {
      await ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: requests }));
    }
    await terminateInstance(InstanceId, signal);
  },
});

/** By the name of the family: the official provider asks EC2, for which a diff here has no time. */
function isArm(instanceType: string | undefined): boolean {
  return /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType ?? "");
}

/** What of a root volume can't change in place. */
function isSameDisk(before: RootBlockDevice = {}, after: RootBlockDevice = {}): boolean {
  return before.encrypted === after.encrypted && before.kmsKeyId === after.kmsKeyId;
}

function metadataOptions(options: MetadataOptions | undefined) {
  return (
    options && {
      HttpEndpoint: options.httpEndpoint,
      HttpTokens: options.httpTokens,
      HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
    }
  );
}

function marketOptions(
  options: InstanceInputs["instanceMarketOptions"],
): InstanceMarketOptionsRequest | undefined {
  if (options === undefined) return undefined;
  const { spotInstanceType, instanceInterruptionBehavior } = options.spotOptions ?? {};
  const SpotOptions = {
    SpotInstanceType: spotInstanceType,
    InstanceInterruptionBehavior: instanceInterruptionBehavior,
  };
  return { MarketType: options.marketType, SpotOptions };
}

function rootDevice(DeviceName: string | undefined, root: RootBlockDevice = {}): BlockDeviceMapping[] {
  const Ebs = {
    VolumeType: root.volumeType as VolumeType | undefined,
    VolumeSize: root.volumeSize,
    Iops: root.iops,
    Throughput: root.throughput,
    Encrypted: root.encrypted,
    KmsKeyId: root.kmsKeyId,
    DeleteOnTermination: root.deleteOnTermination ?? true,
  };
  return [{ DeviceName, Ebs }];
}

export async function rootVolume({ InstanceId = "", RootDeviceName = "" }: Instance) {
  const Filters = [{ Name: "attachment.instance-id", Values: [InstanceId] }];
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters }));
  return Volumes.find(({ Attachments = [] }) => Attachments.some(({ Device }) => Device === RootDeviceName));
}

/** What the official provider asks as well (resourceInstanceFlatten), for outputs that the program has no use for. */
async function readMore(found: Instance, instanceType: string): Promise<void> {
  const { InstanceId = "", VpcId = "", SpotInstanceRequestId } = found;
  const template = { "resource-id": InstanceId, key: "aws:ec2launchtemplate:id" };
  const Filters = Object.entries(template).map(([Name, value]) => ({ Name, Values: [value] }));
  await ec2.send(new DescribeTagsCommand({ Filters }));
  await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  if (SpotInstanceRequestId !== undefined) {
    const SpotInstanceRequestIds = [SpotInstanceRequestId];
    await ec2.send(new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds }));
  }
  const names = [
    "instanceInitiatedShutdownBehavior",
    "disableApiStop",
    "disableApiTermination",
    "userData",
  ] as const;
  for (const Attribute of names) {
    await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  }
  const InstanceTypes = [instanceType as InstanceTypeName];
  const { InstanceTypes: types = [] } = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }));
  if (types[0]?.BurstablePerformanceSupported) {
    await ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [InstanceId] }));
  }
}

async function changeProfile(InstanceId: string, Name: string | undefined): Promise<void> {
  const Filters = [{ Name: "instance-id", Values: [InstanceId] }];
  const { IamInstanceProfileAssociations = [] } = await ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters }),
  );
  const [last] = IamInstanceProfileAssociations;
  const IamInstanceProfile = { Name };
  if (last === undefined) {
    await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile }));
    return;
  }
  const AssociationId = last.AssociationId;
  await ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }));
}

/** Of the root volume size, kind, speed and tags change in place. */
async function changeRoot(
  id: string,
  { olds, news }: Change<InstanceInputs>,
  signal: AbortSignal,
): Promise<void> {
  const [before, after] = [olds.rootBlockDevice ?? {}, news.rootBlockDevice ?? {}];
  const { VolumeId } = (await rootVolume((await instanceOf(id)) ?? {})) ?? {};
  const changed = <T>(old: T, value: T) => (old === value ? undefined : value);
  const change = {
    Size: changed(before.volumeSize, after.volumeSize),
    VolumeType: changed(before.volumeType, after.volumeType) as VolumeType | undefined,
    Iops: changed(before.iops, after.iops),
    Throughput: changed(before.throughput, after.throughput),
  };
  const isModified = Object.values(change).some((value) => value !== undefined);
  if (isModified) await modifyVolume(VolumeId ?? "", change, signal);
  await retag(VolumeId ?? "", before.tags ?? {}, after.tags ?? {});
}

export const instances = { "aws:ec2/instance:Instance": instance };
