import type { Instance, NetworkInterface } from "@aws-sdk/client-ec2";
import type { Account } from "./account";
import { type Call, listOf, Refusal, structuresOf } from "./query";

/** GiB, of Debian's images; moto says 15 of every image. */
const smallest = 8;

type Check = (parameters: URLSearchParams, account: Account) => Promise<void>;

/**
 * What EC2 refuses and moto doesn't: by action, a check that throws a Refusal with EC2's own code. Names and texts are
 * those of "Error codes for the Amazon EC2 API" and of what EC2 was seen to answer.
 */
const checks: Record<string, Check> = {
  async RunInstances(parameters, account) {
    const userData = Buffer.from(parameters.get("UserData") ?? "", "base64");
    if (userData.length > 16384) refuse("InvalidParameterValue", "User data is limited to 16384 bytes");
    const image = await account.image(required(parameters, "ImageId"));
    await sameArchitecture(image.Architecture, required(parameters, "InstanceType"), account);
    for (const device of structuresOf(parameters, "BlockDeviceMapping")) {
      const size = device.get("Ebs.VolumeSize");
      if (device.get("DeviceName") === image.RootDeviceName && size !== null && Number(size) < smallest) {
        const reason = `Volume of size ${size}GB is smaller than snapshot, expect size >= ${smallest}GB`;
        refuse("InvalidBlockDeviceMapping", reason);
      }
    }
    await oneNetwork(parameters, account);
    for (const nic of structuresOf(parameters, "NetworkInterface")) {
      const id = nic.get("NetworkInterfaceId");
      if (id !== null && (await account.isInUse(await account.networkInterface(id)))) {
        refuse("InvalidNetworkInterface.InUse", `Interface: [${id}] in use.`);
      }
    }
  },

  async StartInstances(parameters, account) {
    for (const instance of await named(parameters, account)) {
      if (stateOf(instance) === "terminated") notInState(instance, "be started");
    }
  },

  async StopInstances(parameters, account) {
    for (const instance of await named(parameters, account)) {
      if (stateOf(instance) === "terminated") notInState(instance, "be stopped");
    }
  },

  async TerminateInstances(parameters, account) {
    for (const id of listOf(parameters, "InstanceId")) {
      if (!(await account.isProtected(id))) continue;
      const remedy = "Modify its 'disableApiTermination' instance attribute and try again.";
      refuse("OperationNotPermitted", `The instance '${id}' may not be terminated. ${remedy}`);
    }
  },

  async RebootInstances(parameters, account) {
    for (const instance of await named(parameters, account)) {
      if (stateOf(instance) !== "running") notInState(instance, "be rebooted");
    }
  },

  // EC2 stops a running one for it.
  async CreateImage(parameters, account) {
    const instance = await account.instance(required(parameters, "InstanceId"));
    if (stateOf(instance) !== "stopped") notInState(instance, "be imaged by this emulation");
  },

  async ModifyInstanceAttribute(parameters, account) {
    const type = parameters.get("InstanceType.Value");
    if (type === null && !parameters.has("UserData.Value")) return;
    const instance = await account.instance(required(parameters, "InstanceId"));
    if (stateOf(instance) !== "stopped") {
      const attribute = type === null ? "userData" : "instanceType";
      refuse(
        "IncorrectInstanceState",
        `The instance '${instance.InstanceId}' is not in the 'stopped' state: its ${attribute} can't change`,
      );
    }
    if (type !== null) await sameArchitecture(instance.Architecture, type, account);
  },

  async CreateVolume(parameters) {
    const [type, size, iops, throughput] = ["VolumeType", "Size", "Iops", "Throughput"].map((name) =>
      parameters.get(name),
    );
    if (type !== "gp3") return;
    const rate = Number(iops ?? 3000);
    if (rate < 3000) refuse("InvalidParameterValue", `Volume iops of ${rate} is too low; minimum is 3000.`);
    if (rate > 3000 && rate > 500 * Number(size)) {
      refuse(
        "InvalidParameterValue",
        `Iops to volume size ratio of ${rate / Number(size)} is too high; maximum is 500.`,
      );
    }
    if (Number(throughput ?? 125) > rate / 4) {
      refuse(
        "InvalidParameterValue",
        "Throughput (MiBps) to iops ratio is too high; maximum is 0.25 MiBps per iops.",
      );
    }
  },

  async AttachVolume(parameters, account) {
    const volume = await account.volume(required(parameters, "VolumeId"));
    const instance = await account.instance(required(parameters, "InstanceId"));
    const [id, zone] = [volume.VolumeId, instance.Placement?.AvailabilityZone];
    if (volume.State !== "available") refuse("VolumeInUse", `${id} is already attached to an instance`);
    if (volume.AvailabilityZone !== zone) {
      refuse(
        "InvalidVolume.ZoneMismatch",
        `The volume '${id}' is not in the same availability zone as instance '${instance.InstanceId}'`,
      );
    }
    if (!["running", "stopped"].includes(stateOf(instance))) {
      refuse("IncorrectState", `Instance '${instance.InstanceId}' is not 'running'.`);
    }
    const device = required(parameters, "Device");
    if (instance.BlockDeviceMappings?.some(({ DeviceName }) => DeviceName === device)) {
      refuse(
        "InvalidParameterValue",
        `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
      );
    }
  },

  /** EC2 waits for the machine to let go, for ever if it has it mounted; here that is refused at once. */
  async DetachVolume(parameters, account) {
    const volume = await account.volume(required(parameters, "VolumeId"));
    const [attachment] = volume.Attachments ?? [];
    if (attachment?.InstanceId === undefined) return;
    const instance = await account.instance(attachment.InstanceId);
    if (stateOf(instance) !== "running") return;
    refuse(
      "IncorrectState",
      `${volume.VolumeId} may be mounted in the running ${instance.InstanceId}: stop the instance first`,
    );
  },

  async ModifyVolume(parameters, account) {
    const volume = await account.volume(required(parameters, "VolumeId"));
    const size = Number(parameters.get("Size") ?? volume.Size);
    if (size < (volume.Size ?? 0)) {
      refuse("InvalidParameterValue", "New size cannot be smaller than existing size");
    }
  },

  async AssociateAddress(parameters, account) {
    const nic = await target(parameters, account);
    if (nic?.VpcId === undefined) return;
    if ((await account.internetGateways(nic.VpcId)).length > 0) return;
    refuse("Gateway.NotAttached", `Network ${nic.VpcId} is not attached to any internet gateway`);
  },

  async ReleaseAddress(parameters, account) {
    const id = parameters.get("AllocationId");
    const address = (await account.addresses()).find(({ AllocationId }) => AllocationId === id);
    if (address?.AssociationId === undefined) return;
    refuse("InvalidIPAddress.InUse", `Address ${address.PublicIp} is in use.`);
  },

  async DeleteNetworkInterface(parameters, account) {
    const nic = await account.networkInterface(required(parameters, "NetworkInterfaceId"));
    if (!(await account.isInUse(nic))) return;
    refuse("InvalidParameterValue", `Network interface '${nic.NetworkInterfaceId}' is currently in use.`);
  },

  async DeleteSubnet(parameters, account) {
    const id = required(parameters, "SubnetId");
    const used = await account.networkInterfaces({ Name: "subnet-id", Values: [id] });
    if (used.length > 0) dependency(`The subnet '${id}' has dependencies and cannot be deleted.`);
  },

  async DeleteSecurityGroup(parameters, account) {
    const id = required(parameters, "GroupId");
    const used = await account.networkInterfaces({ Name: "group-id", Values: [id] });
    const named = await account.securityGroups({ Name: "ip-permission.group-id", Values: [id] });
    const others = named.filter(({ GroupId }) => GroupId !== id);
    if (used.length + others.length > 0) dependency(`resource ${id} has a dependent object`);
  },

  async DetachInternetGateway(parameters, account) {
    const vpc = required(parameters, "VpcId");
    const nics = await account.networkInterfaces({ Name: "vpc-id", Values: [vpc] });
    if (!nics.some(({ Association }) => Association?.PublicIp !== undefined)) return;
    dependency(
      `Network ${vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  },

  async DeleteVpc(parameters, account) {
    const id = required(parameters, "VpcId");
    const groups = await account.securityGroups({ Name: "vpc-id", Values: [id] });
    const own = groups.filter(({ GroupName }) => GroupName !== "default");
    const gateways = await account.internetGateways(id);
    if (own.length + gateways.length > 0)
      dependency(`The vpc '${id}' has dependencies and cannot be deleted.`);
  },
};

/** @throws Refusal when EC2 would refuse the call and moto wouldn't */
export async function refuseAsEc2({ service, action, parameters }: Call, account: Account): Promise<void> {
  if (service === "ec2" && Object.hasOwn(checks, action)) await checks[action](parameters, account);
}

function refuse(code: string, message: string): never {
  throw new Refusal(code, message);
}

function dependency(message: string): never {
  refuse("DependencyViolation", message);
}

function notInState(instance: Instance, what: string): never {
  const state = `${instance.InstanceId}' is not in a state from which it can ${what}.`;
  refuse("IncorrectInstanceState", `The instance '${state}`);
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value === null) refuse("MissingParameter", `The request must contain the parameter ${name}`);
  return value;
}

function named(parameters: URLSearchParams, account: Account): Promise<Instance[]> {
  return Promise.all(listOf(parameters, "InstanceId").map((id) => account.instance(id)));
}

export function stateOf(instance: Instance): string {
  return instance.State?.Name ?? "pending";
}

async function sameArchitecture(image: string | undefined, type: string, account: Account): Promise<void> {
  const { ProcessorInfo } = await account.instanceType(type);
  if (ProcessorInfo?.SupportedArchitectures?.some((one) => one === image)) return;
  const architectures = `The architecture '${ProcessorInfo?.SupportedArchitectures?.join(", ")}' of the specified instance type`;
  refuse(
    "InvalidParameterValue",
    `${architectures} does not match the architecture '${image}' of the specified AMI.`,
  );
}

/** Subnet and security groups have to be of one VPC. */
async function oneNetwork(parameters: URLSearchParams, account: Account): Promise<void> {
  const subnet = parameters.get("SubnetId");
  const groups = listOf(parameters, "SecurityGroupId");
  if (subnet === null || groups.length === 0) return;
  const { VpcId } = await account.subnet(subnet);
  const found = await account.securityGroups({ Name: "group-id", Values: groups });
  const stranger = found.find((group) => group.VpcId !== VpcId);
  if (stranger === undefined) return;
  refuse(
    "InvalidParameter",
    `Security group ${stranger.GroupId} and subnet ${subnet} belong to different networks.`,
  );
}

/** The network interface that an address is to lead to. */
async function target(parameters: URLSearchParams, account: Account): Promise<NetworkInterface | undefined> {
  const nic = parameters.get("NetworkInterfaceId");
  if (nic !== null) return account.networkInterface(nic);
  const instance = await account.instance(required(parameters, "InstanceId"));
  return instance.NetworkInterfaces?.[0] as NetworkInterface | undefined;
}
