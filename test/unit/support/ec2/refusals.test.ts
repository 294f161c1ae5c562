import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AttachVolumeCommand,
  CreateInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  DetachInternetGatewayCommand,
  DetachVolumeCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { Ec2 } from "../../../support/ec2/endpoint";
import { credentials } from "../../../support/ec2/moto";

jest.setTimeout(300_000);

const region = "us-east-1";
const amd64 = "ami-0d1a5b0c7e2f40311";
let ec2: Ec2;
let api: EC2Client;
/** Made once for all tests. */
let vpc: string;
let subnet: string;
let gateway: string;
let group: string;
let nic: string;
let instance: string;

beforeAll(async () => {
  ec2 = await Ec2.start();
  api = new EC2Client({ endpoint: ec2.url, region, credentials });
  vpc = (await api.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/24" }))).Vpc?.VpcId ?? "";
  subnet = await newSubnet("10.9.0.0/26", "us-east-1a");
  gateway = (await api.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "";
  await api.send(new AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc }));
  group = await newGroup(vpc);
  nic = await newInterface();
  instance = await newInstance({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: nic }] });
});

afterAll(async () => {
  api?.destroy();
  await ec2?.stop();
});

async function newSubnet(CidrBlock: string, AvailabilityZone: string): Promise<string> {
  const { Subnet } = await api.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock, AvailabilityZone }));
  return Subnet?.SubnetId ?? "";
}

async function newGroup(VpcId: string): Promise<string> {
  const GroupName = `group-${Math.random()}`;
  return (
    (await api.send(new CreateSecurityGroupCommand({ GroupName, Description: "x", VpcId }))).GroupId ?? ""
  );
}

async function newInterface(): Promise<string> {
  const { NetworkInterface } = await api.send(
    new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [group] }),
  );
  return NetworkInterface?.NetworkInterfaceId ?? "";
}

async function newInstance(changes: Partial<RunInstancesCommandInput>): Promise<string> {
  const wanted = { ImageId: amd64, InstanceType: "t3.small", MinCount: 1, MaxCount: 1 } as const;
  const { Instances = [] } = await api.send(new RunInstancesCommand({ ...wanted, ...changes }));
  return Instances[0]?.InstanceId ?? "";
}

async function newVolume(AvailabilityZone: string): Promise<string> {
  const command = new CreateVolumeCommand({ AvailabilityZone, Size: 4, VolumeType: "gp3", Encrypted: true });
  return (await api.send(command)).VolumeId ?? "";
}

async function newAddress(): Promise<string> {
  return (await api.send(new AllocateAddressCommand({ Domain: "vpc" }))).AllocationId ?? "";
}

/** The refusal's code. */
async function refusal(asking: Promise<unknown>): Promise<string> {
  return asking.then(
    () => "accepted",
    (error: Error) => error.name,
  );
}

describe("running an instance is refused", () => {
  test("with user data over 16 KiB, and accepted with exactly that", async () => {
    const userData = (bytes: number) => ({ UserData: Buffer.alloc(bytes, "x").toString("base64") });
    expect(await refusal(newInstance({ SubnetId: subnet, ...userData(16385) }))).toBe(
      "InvalidParameterValue",
    );
    const id = await newInstance({ SubnetId: subnet, ...userData(16384) });
    await api.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  });

  test.each<[string, Partial<RunInstancesCommandInput>, string]>([
    ["of a type with another architecture", { InstanceType: "t4g.small" }, "InvalidParameterValue"],
    ["of a type that doesn't exist", { InstanceType: "t3.tiny" as "t3.small" }, "InvalidInstanceType"],
    ["from an image that doesn't exist", { ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
    [
      "with a root volume smaller than the image",
      { BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 4 } }] },
      "InvalidBlockDeviceMapping",
    ],
  ])("%s", async (_what, changes, code) => {
    expect(await refusal(newInstance({ SubnetId: subnet, ...changes }))).toBe(code);
  });

  test("with a security group of another VPC", async () => {
    const { Vpc } = await api.send(new CreateVpcCommand({ CidrBlock: "10.8.0.0/24" }));
    const stranger = await newGroup(Vpc?.VpcId ?? "");
    const running = newInstance({ SubnetId: subnet, SecurityGroupIds: [stranger] });
    expect(await refusal(running)).toBe("InvalidParameter");
  });

  test("on a network interface that another one has", async () => {
    const taken = newInstance({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: nic }] });
    expect(await refusal(taken)).toBe("InvalidNetworkInterface.InUse");
  });
});

describe("a volume is refused", () => {
  test("to an instance in another zone, and a second time to one", async () => {
    const attach = (VolumeId: string, Device = "/dev/sdf") =>
      refusal(api.send(new AttachVolumeCommand({ VolumeId, InstanceId: instance, Device })));
    const [elsewhere, here, another] = [
      await newVolume("us-east-1b"),
      await newVolume("us-east-1a"),
      await newVolume("us-east-1a"),
    ];
    expect(await attach(elsewhere)).toBe("InvalidVolume.ZoneMismatch");
    expect(await attach(here)).toBe("accepted");
    expect(await attach(here, "/dev/sdg")).toBe("VolumeInUse");
    expect(await attach(another)).toBe("InvalidParameterValue");
    expect(await refusal(api.send(new DeleteVolumeCommand({ VolumeId: here })))).toBe("VolumeInUse");
    const detach = new DetachVolumeCommand({ VolumeId: here, InstanceId: instance, Device: "/dev/sdf" });
    expect(await refusal(api.send(detach))).toBe("IncorrectState");
    await api.send(new StopInstancesCommand({ InstanceIds: [instance] }));
    expect(await refusal(api.send(detach))).toBe("accepted");
    expect(await refusal(api.send(new DeleteVolumeCommand({ VolumeId: here })))).toBe("accepted");
  });

  test("when it is to shrink, or to be faster than its size allows", async () => {
    const VolumeId = await newVolume("us-east-1a");
    expect(await refusal(api.send(new ModifyVolumeCommand({ VolumeId, Size: 3 })))).toBe(
      "InvalidParameterValue",
    );
    const fast = { AvailabilityZone: "us-east-1a", Size: 4, VolumeType: "gp3", Iops: 4000 } as const;
    expect(await refusal(api.send(new CreateVolumeCommand(fast)))).toBe("InvalidParameterValue");
  });
});

test("a type changes only while the instance is stopped, and not to another architecture", async () => {
  const id = await newInstance({ SubnetId: subnet });
  const change = (Value: string) =>
    refusal(api.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value } })));
  expect(await change("t3.medium")).toBe("IncorrectInstanceState");
  await api.send(new StopInstancesCommand({ InstanceIds: [id] }));
  expect(await change("t4g.medium")).toBe("InvalidParameterValue");
  expect(await change("t3.medium")).toBe("accepted");
  await api.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
});

test("a protected instance is not terminated", async () => {
  const id = await newInstance({ SubnetId: subnet, DisableApiTermination: true });
  const terminate = () => refusal(api.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
  expect(await terminate()).toBe("OperationNotPermitted");
  await api.send(
    new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: false } }),
  );
  expect(await terminate()).toBe("accepted");
});

test("an associated address is not released, and its network keeps the gateway", async () => {
  const AllocationId = await newAddress();
  await api.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: nic }));
  const release = () => refusal(api.send(new ReleaseAddressCommand({ AllocationId })));
  expect(await release()).toBe("InvalidIPAddress.InUse");
  const detach = new DetachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc });
  expect(await refusal(api.send(detach))).toBe("DependencyViolation");
});

test("an address leads into no network without a gateway", async () => {
  const { Vpc } = await api.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/24" }));
  const { Subnet } = await api.send(
    new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.7.0.0/26", AvailabilityZone: "us-east-1a" }),
  );
  const { NetworkInterface } = await api.send(
    new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId }),
  );
  const { NetworkInterfaceId } = NetworkInterface ?? {};
  const associate = new AssociateAddressCommand({ AllocationId: await newAddress(), NetworkInterfaceId });
  expect(await refusal(api.send(associate))).toBe("Gateway.NotAttached");
});

test("an interface that outlives its instance keeps its address and is free for the next instance", async () => {
  const own = await newInterface();
  const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId: own }];
  const first = await newInstance({ NetworkInterfaces });
  const AllocationId = await newAddress();
  await api.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: own }));
  await api.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
  const second = await newInstance({ NetworkInterfaces });
  const account = ec2.account(region);
  const address = (await account.addresses()).find((one) => one.AllocationId === AllocationId);
  expect(address?.NetworkInterfaceId).toBe(own);
  expect((await account.instance(second)).PublicIpAddress).toBe(address?.PublicIp);
});

test("what is still in use is not deleted", async () => {
  const codes = await Promise.all(
    [
      new DeleteVpcCommand({ VpcId: vpc }),
      new DeleteSubnetCommand({ SubnetId: subnet }),
      new DeleteSecurityGroupCommand({ GroupId: group }),
      new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: nic }),
    ].map((command) => refusal(api.send(command as DeleteVpcCommand))),
  );
  expect(codes).toEqual([
    "DependencyViolation",
    "DependencyViolation",
    "DependencyViolation",
    "InvalidParameterValue",
  ]);
});

test("every call is recorded with its service and action, also a refused one", () => {
  const names = ec2.calls.map(({ service, action }) => `${service}:${action}`);
  expect(names).toContain("ec2:RunInstances");
  expect(names.filter((name) => name === "ec2:ReleaseAddress")).toHaveLength(1);
});
