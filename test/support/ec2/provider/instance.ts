import {
  type _InstanceType as InstanceTypeName,
  type BlockDeviceMapping,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumesCommand,
  type Instance,
  type InstanceMarketOptionsRequest,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  RunInstancesCommand,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import { isDeepStrictEqual } from "node:util";
import { arn, ec2, tagged, type Tags } from "./api.ts";
import { instanceOf, runs, startInstance, stopInstance, terminateInstance } from "./instanceState.ts";
import { type Change, present, resource } from "./resource.ts";
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
  ],
  replaces: ["ami", "primaryNetworkInterface", "instanceMarketOptions", "iamInstanceProfile"],
  mustReplace: (name, olds, news) =>
    name === "instanceType" && isArm(olds.instanceType) !== isArm(news.instanceType),
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
        TagSpecifications: [
          ...(tagged("instance", inputs.tags) ?? []),
          ...(tagged("volume", inputs.rootBlockDevice?.tags) ?? []),
        ],
      }),
    );
    const id = Instances[0]?.InstanceId ?? "";
    await runs(id, signal);
    return id;
  },
  async read(id, { instanceType, rootBlockDevice }) {
    const found = await instanceOf(id);
    if (!found) return undefined;
    const root = await rootVolume(found);
    await readAttributes(id, instanceType);
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
    if (has("disableApiTermination")) {
      await modify({ DisableApiTermination: { Value: news.disableApiTermination ?? false } });
    }
    if (has("instanceType", "userData")) {
      await stopInstance(id, signal);
      if (has("instanceType")) await modify({ InstanceType: { Value: news.instanceType } });
      if (has("userData")) await modify({ UserData: { Value: Buffer.from(news.userData ?? "") } });
      await startInstance(id, signal);
    }
    if (has("metadataOptions")) {
      const options = metadataOptions(news.metadataOptions);
      await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...options }));
    }
    if (has("rootBlockDevice")) await changeRoot(id, change, signal);
  },
  delete: (id, _inputs, { signal }) => terminateInstance(id, signal),
});

/** By the name of the family: the official provider asks EC2, for which a diff here has no time. */
function isArm(instanceType: string | undefined): boolean {
  return /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType ?? "");
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

/** What the official provider asks as well, for outputs that the program has no use for. */
async function readAttributes(InstanceId: string, instanceType: string): Promise<void> {
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

/** Of the root volume size, kind and speed change; anything else would be a replacement. */
async function changeRoot(
  id: string,
  { olds, news }: Change<InstanceInputs>,
  signal: AbortSignal,
): Promise<void> {
  const [before, after] = [olds.rootBlockDevice ?? {}, news.rootBlockDevice ?? {}];
  const { VolumeId } = (await rootVolume((await instanceOf(id)) ?? {})) ?? {};
  const changed = <T>(old: T, value: T) => (isDeepStrictEqual(old, value) ? undefined : value);
  await modifyVolume(
    VolumeId ?? "",
    {
      Size: changed(before.volumeSize, after.volumeSize),
      VolumeType: changed(before.volumeType, after.volumeType) as VolumeType | undefined,
      Iops: changed(before.iops, after.iops),
      Throughput: changed(before.throughput, after.throughput),
    },
    signal,
  );
}

export const instances = { "aws:ec2/instance:Instance": instance };
