import * as pulumi from "@pulumi/pulumi";
import { mockPulumi, type Registered, valueOf } from "../../../support/mocks";

const architectures: Record<string, string> = { "t3.medium": "x86_64", "t4g.medium": "arm64" };
const registered = mockPulumi(
  {
    "pulumi:providers:aws": () => ({}),
    "tls:index/privateKey:PrivateKey": (_, name) => ({
      privateKeyOpenssh: `private part of ${name}`,
      publicKeyOpenssh: `ssh-ed25519 AAAA ${name}`,
    }),
    "aws:ebs/volume:Volume": () => ({}),
    "aws:ec2/vpc:Vpc": () => ({ ipv6CidrBlock: "2001:db8:1234:ab00::/56" }),
    "aws:ec2/internetGateway:InternetGateway": () => ({}),
    "aws:ec2/subnet:Subnet": () => ({}),
    "aws:ec2/routeTable:RouteTable": () => ({}),
    "aws:ec2/route:Route": () => ({}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": () => ({}),
    "aws:ec2/securityGroup:SecurityGroup": () => ({}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": () => ({}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": () => ({}),
    "aws:ec2/networkInterface:NetworkInterface": () => ({
      privateIp: "10.76.0.9",
      ipv6Addresses: ["2001:db8:1234:ab00::9"],
    }),
    "aws:ec2/eip:Eip": () => ({ publicIp: "203.0.113.9" }),
    "aws:ec2/eipAssociation:EipAssociation": () => ({}),
    "aws:ec2/instance:Instance": () => ({}),
    "aws:ec2/volumeAttachment:VolumeAttachment": () => ({}),
    "aws:iam/role:Role": (_, name) => ({ name }),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => ({}),
    "aws:iam/instanceProfile:InstanceProfile": (_, name) => ({ name }),
    "command:local:Command": () => ({ stdout: "", stderr: "" }),
  },
  {
    "aws:ec2/getInstanceType:getInstanceType": ({ instanceType }) => ({
      supportedArchitectures: [architectures[instanceType as string]],
    }),
    "aws:ec2/getAmi:getAmi": (inputs) => {
      asked.push(inputs);
      return { id: "ami-0newest", architecture: "x86_64" };
    },
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": () => ({
      locations: ["eu-central-1c", "eu-central-1b"],
    }),
    "aws:ec2/getSubnet:getSubnet": ({ id }) => ({
      id,
      vpcId: "vpc-0abc",
      availabilityZone: "eu-central-1a",
      ipv6CidrBlock: "",
    }),
  },
);
const asked: Record<string, unknown>[] = [];

import { AwsMachine } from "../../../../components/machine/aws/awsMachine";
import type { AllowedCidrsArgs, AwsMachineArgs } from "../../../../components/machine/aws/args";

const region = "eu-central-1";
const allowedCidrs = ["203.0.113.0/24"];

interface Made {
  machine: AwsMachine;
  /** The inputs of a resource by its name without `m-`. */
  inputs: (name: string) => Record<string, unknown>;
  names: string[];
  ofType: (type: string) => Registered[];
  /** The options of a resource. */
  options: (name: string) => pulumi.CustomResourceOptions;
}

/** A machine whose resources are all registered. */
async function make(args: AwsMachineArgs = {}, reach: AllowedCidrsArgs = { allowedCidrs }): Promise<Made> {
  registered.length = 0;
  asked.length = 0;
  const options = new Map<string, pulumi.CustomResourceOptions>();
  const note: pulumi.ResourceTransformation = ({ name, opts }) => {
    options.set(name, opts);
    return undefined;
  };
  // Pulumi's SDK formats a stack trace for every promise, and Jest's way of doing that takes a second for all of them.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const machine = new AwsMachine("m", { region, ...args }, reach, { transformations: [note] });
  await valueOf(machine.address);
  await pulumi.runtime.disconnect();
  Error.stackTraceLimit = stackTraceLimit;
  const resources = [...registered];
  const find = (name: string): Registered => {
    const found = resources.find((resource) => resource.name === `m-${name}`);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    machine,
    inputs: (name) => find(name).inputs,
    names: resources.map(({ name }) => name),
    ofType: (type) => resources.filter((resource) => resource.type === type),
    options: (name) => options.get(find(name).name) ?? {},
  };
}

let plain: Made;
beforeAll(async () => {
  plain = await make();
});

/** Mocks see a secret as what the engine sees. */
function open(value: unknown): string {
  return typeof value === "string" ? value : (value as { value: string }).value;
}

const ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

test("a machine is a network of its own, an interface with an Elastic IP, an instance and its data volume", async () => {
  const { names } = plain;
  expect([...names].sort()).toEqual(
    [
      "m",
      "m-address",
      "m-address-association",
      "m-aws",
      "m-boot",
      "m-data-volume",
      "m-data-volume-attachment",
      "m-egress-ipv4",
      "m-egress-ipv6",
      "m-ingress-203.0.113.0-24",
      "m-instance",
      "m-internet-gateway",
      "m-network-interface",
      "m-operator-key",
      "m-route-ipv4",
      "m-route-ipv6",
      "m-route-table",
      "m-route-table-association",
      "m-security-group",
      "m-subnet",
      "m-vpc",
    ].sort(),
  );
});

test("nothing but 2376 is open, and that to the allowed blocks exactly", async () => {
  const { ofType, inputs } = await make({}, { allowedCidrs: ["203.0.113.0/24", "2001:DB8::/32"] });
  const rules = ofType(ingressType).map(({ inputs: rule }) => rule);
  expect(rules).toHaveLength(2);
  for (const rule of rules) {
    expect(rule).toMatchObject({
      securityGroupId: "m-security-group-id",
      ipProtocol: "tcp",
      fromPort: 2376,
      toPort: 2376,
    });
  }
  expect(rules.map(({ cidrIpv4, cidrIpv6 }) => [cidrIpv4, cidrIpv6])).toEqual([
    ["203.0.113.0/24", undefined],
    [undefined, "2001:db8::/32"],
  ]);
  expect(inputs("security-group")).not.toHaveProperty("ingress");
  expect(inputs("network-interface").securityGroups).toEqual(["m-security-group-id"]);
  expect(inputs("instance")).not.toHaveProperty("vpcSecurityGroupIds");
});

test("a rule's name is its block's, so that another block touches no other rule", async () => {
  const { names } = await make({}, { allowedCidrs: ["2001:db8::/32", "203.0.113.7/32"] });
  expect(names.filter((name) => name.startsWith("m-ingress"))).toEqual([
    "m-ingress-2001-db8---32",
    "m-ingress-203.0.113.7-32",
  ]);
});

test("the machine reaches everything, by IPv4 and IPv6", async () => {
  const { inputs } = plain;
  expect(inputs("egress-ipv4")).toMatchObject({ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });
  expect(inputs("egress-ipv6")).toMatchObject({ ipProtocol: "-1", cidrIpv6: "::/0" });
  expect(inputs("route-ipv4")).toMatchObject({
    gatewayId: "m-internet-gateway-id",
    destinationCidrBlock: "0.0.0.0/0",
  });
  expect(inputs("route-ipv6")).toMatchObject({
    gatewayId: "m-internet-gateway-id",
    destinationIpv6CidrBlock: "::/0",
  });
  expect(inputs("route-table-association")).toMatchObject({
    routeTableId: "m-route-table-id",
    subnetId: "m-subnet-id",
  });
});

test("the VPC has DNS names, and its subnet a part of both address blocks", async () => {
  const { inputs } = plain;
  expect(inputs("vpc")).toMatchObject({
    enableDnsSupport: true,
    enableDnsHostnames: true,
    assignGeneratedIpv6CidrBlock: true,
  });
  expect(inputs("subnet")).toMatchObject({ vpcId: "m-vpc-id", ipv6CidrBlock: "2001:db8:1234:ab00::/64" });
});

test("both volumes are encrypted, and the data volume is attached rather than part of the instance", async () => {
  const { inputs } = plain;
  expect(inputs("data-volume")).toMatchObject({ encrypted: true, size: 50, type: "gp3" });
  expect(inputs("instance").rootBlockDevice).toMatchObject({
    encrypted: true,
    volumeType: "gp3",
    volumeSize: 10,
    deleteOnTermination: true,
  });
  expect(inputs("instance")).not.toHaveProperty("ebsBlockDevices");
  expect(inputs("data-volume-attachment")).toMatchObject({
    instanceId: "m-instance-id",
    volumeId: "m-data-volume-id",
    stopInstanceBeforeDetaching: true,
  });
});

test("the instance's metadata wants a token, and no container on a bridge gets at it", async () => {
  const { inputs } = plain;
  expect(inputs("instance").metadataOptions).toEqual({
    httpEndpoint: "enabled",
    httpTokens: "required",
    httpPutResponseHopLimit: 1,
  });
});

test("user data is a secret, below EC2's limit, and holds no key but the bootstrap host key", async () => {
  const { inputs, machine } = plain;
  const userData = open(inputs("instance").userData);
  expect(Object.keys(inputs("instance").userData as object)).toContain("4dabf18193072939515e22adb298388d");
  expect(Buffer.byteLength(userData)).toBeLessThan(16384);
  expect(userData.match(/PRIVATE KEY-----/g)).toHaveLength(2); // begin and end of one
  expect(userData).not.toContain("private part of m-operator-key");
  expect(userData).toContain("ssh-ed25519 AAAA m-operator-key");
  const { ssh_keys } = JSON.parse(userData.replace("#cloud-config\n", "")) as {
    ssh_keys: Record<string, string>;
  };
  expect(await valueOf(machine.bootstrapHostKey)).toBe(ssh_keys.ed25519_public);
});

test("each run has a bootstrap host key of its own, which only a new instance takes", async () => {
  const first = open(plain.inputs("instance").userData);
  const second = open((await make()).inputs("instance").userData);
  expect(first).not.toBe(second);
});

test("the first boot knows the data volume by its serial number", async () => {
  const { inputs } = plain;
  expect(open(inputs("instance").userData)).toContain("/usr/local/sbin/remote-docker-first-boot");
  expect(open(inputs("instance").userData)).toContain('"mdata-volume-id"');
});

test("clients dial the Elastic IP; the certificate has all the addresses of the machine", async () => {
  const { machine, inputs } = plain;
  expect(await valueOf(machine.address)).toBe("203.0.113.9");
  expect(await valueOf(machine.port)).toBe(2376);
  expect(await valueOf(machine.certificateAddresses)).toEqual([
    "203.0.113.9",
    "10.76.0.9",
    "2001:db8:1234:ab00::9",
  ]);
  expect(inputs("address-association")).toMatchObject({
    allocationId: "m-address-id",
    networkInterfaceId: "m-network-interface-id",
  });
  expect(inputs("instance").primaryNetworkInterface).toEqual({
    networkInterfaceId: "m-network-interface-id",
  });
});

test("another instance is another incarnation, another type another start", async () => {
  const { machine, inputs } = plain;
  expect(await valueOf(machine.incarnation)).toBe("m-instance-id");
  expect(await valueOf(machine.generation)).toBe("t3.medium");
  expect(inputs("boot").triggers).toEqual(["m-instance-id"]);
  expect(inputs("boot").environment).toMatchObject({
    INSTANCE_TYPE: "t3.medium",
    HOST: "203.0.113.9",
    PORT: "2376",
  });
});

test("the image is the newest Debian 13 of Debian's own account, for the instance type's architecture", async () => {
  const { inputs } = await make({ instanceType: "t4g.medium" });
  expect(inputs("instance")).toMatchObject({ ami: "ami-0newest", instanceType: "t4g.medium" });
  expect(asked).toEqual([
    {
      owners: ["136693071363"],
      mostRecent: true,
      filters: [
        { name: "name", values: ["debian-13-arm64-*"] },
        { name: "architecture", values: ["arm64"] },
        { name: "virtualization-type", values: ["hvm"] },
        { name: "root-device-type", values: ["ebs"] },
      ],
    },
  ]);
});

test("an image that is asked for by its id is taken", async () => {
  const { inputs } = await make({ image: "ami-0abc" });
  expect(inputs("instance").ami).toBe("ami-0abc");
});

test("everything that has tags has the user's, its stack's and a name", async () => {
  await make({ ssm: true, tags: { team: "build" } });
  const untagged = /^(remote-docker:|pulumi:|tls:|command:)|Association|Attachment|Route$/i;
  const tagged = registered.filter(({ type }) => !untagged.test(type));
  expect(tagged.length).toBeGreaterThan(12);
  for (const { name, inputs } of tagged) {
    expect([name, inputs.tags]).toEqual([
      name,
      {
        team: "build",
        "remote-docker:stack": "remote-docker/unit",
        Name: expect.stringMatching(/^remote-docker-unit-/) as string,
      },
    ]);
  }
  const instance = registered.find(({ name }) => name === "m-instance");
  expect(instance?.inputs.rootBlockDevice).toMatchObject({ tags: { team: "build" } });
});

test("every resource's name starts with the machine's", async () => {
  const { names } = await make({ ssm: true });
  for (const name of names) expect(name).toMatch(/^m(-|$)/);
});

describe("what a change does", () => {
  test("a newer image or first boot leaves a running machine alone", () => {
    expect(plain.options("instance").ignoreChanges).toEqual(["userData", "ami"]);
    expect(plain.inputs("instance").userDataReplaceOnChange).toBe(false);
  });

  test.each(["latest", "ami-0abc"])("an image that is asked for makes it anew: %s", async (image) => {
    expect((await make({ image })).options("instance").ignoreChanges).toEqual(["userData"]);
  });

  test("a machine that is made anew goes before its successor comes, and lets go of its volume", () => {
    expect(plain.options("instance").deleteBeforeReplace).toBe(true);
    expect(plain.options("data-volume-attachment").deleteBeforeReplace).toBe(true);
  });

  test("another instance type stops and starts an on-demand machine; EC2 can't change a spot one's", async () => {
    expect(plain.options("instance").replaceOnChanges).toEqual([]);
    const spot = await make({ spot: true });
    expect(spot.options("instance").replaceOnChanges).toEqual(["instanceType"]);
  });

  test("nothing makes another data volume, and destroy leaves it when that is asked for", async () => {
    const { ignoreChanges, retainOnDelete } = plain.options("data-volume");
    expect(ignoreChanges).toEqual(["availabilityZone", "encrypted", "kmsKeyId"]);
    expect(retainOnDelete).toBe(false);
    expect((await make({ keepDataVolume: true })).options("data-volume").retainOnDelete).toBe(true);
  });

  test("a protected machine and its data can't be deleted by the stack either", async () => {
    const { options } = await make({ terminationProtection: true });
    expect([options("instance").protect, options("data-volume").protect]).toEqual([true, true]);
  });

  test("user data is a secret among the outputs too", () => {
    expect(plain.options("instance").additionalSecretOutputs).toContain("userData");
  });
});

describe("options", () => {
  test("sizes, kind and speed of the volumes", async () => {
    const { inputs, machine } = await make({
      rootVolumeSize: 20,
      dataVolume: { size: 200, iops: 6000, throughput: 500 },
    });
    expect(inputs("instance").rootBlockDevice).toMatchObject({ volumeSize: 20 });
    expect(inputs("data-volume")).toMatchObject({ size: 200, type: "gp3", iops: 6000, throughput: 500 });
    expect(await valueOf(machine.preparation)).toEqual({ dataVolumeSize: 200 });
  });

  test("a zone of one's own; without it the first that offers the type", async () => {
    expect((await make({ zone: "eu-central-1a" })).inputs("subnet").availabilityZone).toBe("eu-central-1a");
    const { inputs } = plain;
    expect(inputs("data-volume").availabilityZone).toBe("eu-central-1b");
    expect(inputs("subnet").availabilityZone).toBe("eu-central-1b");
  });

  test("a spot machine stops when it is interrupted, and keeps its volumes", async () => {
    expect(plain.inputs("instance")).not.toHaveProperty("instanceMarketOptions");
    expect((await make({ spot: true })).inputs("instance").instanceMarketOptions).toEqual({
      marketType: "spot",
      spotOptions: { spotInstanceType: "persistent", instanceInterruptionBehavior: "stop" },
    });
  });

  test("an existing subnet: no network is made, and the data volume is in its zone", async () => {
    const { inputs, names } = await make({ vpcId: "vpc-0abc", subnetId: "subnet-0abc" });
    expect(names.filter((name) => /vpc|subnet|gateway|route/.test(name))).toEqual([]);
    expect(inputs("security-group").vpcId).toBe("vpc-0abc");
    expect(inputs("network-interface").subnetId).toBe("subnet-0abc");
    expect(inputs("network-interface").ipv6AddressCount).toBeUndefined();
    expect(inputs("data-volume").availabilityZone).toBe("eu-central-1a");
  });

  test("protection from termination", async () => {
    expect(plain.inputs("instance").disableApiTermination).toBe(false);
    expect((await make({ terminationProtection: true })).inputs("instance").disableApiTermination).toBe(true);
  });

  test("an instance profile for Systems Manager, only when it is asked for", async () => {
    expect(plain.inputs("instance").iamInstanceProfile).toBeUndefined();
    const { inputs } = await make({ ssm: true });
    expect(inputs("instance").iamInstanceProfile).toBe("m-ssm-profile");
    expect(inputs("ssm-policy").policyArn).toBe("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore");
  });

  test("the region of the stack's own AWS configuration", async () => {
    pulumi.runtime.setAllConfig({ "aws:region": "eu-west-1" });
    const { inputs } = await make({ region: undefined });
    pulumi.runtime.setAllConfig({});
    expect(inputs("aws")).toMatchObject({ region: "eu-west-1" });
  });

  test("the provider has the region, and what the stack says of AWS besides", async () => {
    pulumi.runtime.setAllConfig({ "aws:profile": "team", "aws:skipMetadataApiCheck": "true" });
    const { inputs } = await make();
    pulumi.runtime.setAllConfig({});
    expect(inputs("aws")).toMatchObject({ region, profile: "team" });
  });
});

describe("what is refused before a resource is made", () => {
  test.each([
    [{ region: "Frankfurt" }, 'aws.region: "Frankfurt" is not an AWS region; write it like eu-central-1'],
    [{ zone: "us-east-1a" }, 'aws.zone: "us-east-1a" is not a zone of eu-central-1'],
    [{ instanceType: "big" }, 'aws.instanceType: "big" is not an instance type; write it like t3.medium'],
    [{ image: "debian" }, 'aws.image: "debian" is not an image; write latest'],
    [{ vpcId: "vpc-0abc" }, "aws.subnetId: is missing; an existing network needs both"],
    [{ subnetId: "subnet-0abc" }, "aws.vpcId: is missing; an existing network needs both"],
    [{ rootVolumeSize: 4 }, "aws.rootVolumeSize: 4 is not a size of a volume in GiB"],
    [{ dataVolume: { size: 4 } }, "aws.dataVolume.size: 4 is not a size of a volume in GiB"],
    [{ dataVolume: { type: "gp2", throughput: 200 } }, "aws.dataVolume.throughput: is for gp3 volumes"],
    [{ dataVolume: { type: "io2" } }, "aws.dataVolume.iops: is missing; an io2 volume needs it"],
    [{ dataVolume: { iops: 1000 } }, "aws.dataVolume.iops: 1000 is less than the 3000"],
    [
      { spot: true, terminationProtection: true },
      "aws.terminationProtection: EC2 can't protect a spot instance",
    ],
    [{ tags: { Name: "mine" } }, "aws.tags.Name"],
    [{ colour: "blue" }, "aws.colour: there is no such key"],
  ])("%j", (args, message) => {
    expect(() => new AwsMachine("m", { region, ...(args as AwsMachineArgs) }, { allowedCidrs })).toThrow(
      message,
    );
  });

  test("a region that nobody names", () => {
    const before = process.env.AWS_REGION;
    delete process.env.AWS_REGION;
    expect(() => new AwsMachine("m", {}, { allowedCidrs })).toThrow("aws.region: is missing");
    if (before !== undefined) process.env.AWS_REGION = before;
  });

  test("blocks that are left out, or let everybody in", () => {
    expect(() => new AwsMachine("m", { region }, {})).toThrow("allowedCidrs: is missing");
    expect(() => new AwsMachine("m", { region }, { allowedCidrs: ["0.0.0.0/0"] })).toThrow(
      "allowAnyAddress: true",
    );
  });
});

test("a machine that is open to everybody by wish is made, with a warning", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  const { ofType } = await make({}, { allowedCidrs: ["0.0.0.0/0"], allowAnyAddress: true });
  expect(ofType(ingressType)).toHaveLength(1);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("open to every IPv4 address"), expect.anything());
  warn.mockRestore();
});
