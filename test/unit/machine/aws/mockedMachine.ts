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
    // What the provider reads while a volume still grows.
    "aws:ebs/volume:Volume": () => ({ size: 8 }),
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
      imageSearches.push(inputs);
      return { id: "ami-0newest", architecture: "x86_64", platformDetails: "Linux/UNIX" };
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
const imageSearches: Record<string, unknown>[] = [];

import type { AllowedCidrsArgs, AwsMachineArgs } from "../../../../components/machine/aws/args";
import { AwsMachine } from "../../../../components/machine/aws/awsMachine";

export const region = "eu-central-1";

/** A machine and what it registered with the mocked engine. */
export interface Made {
  machine: AwsMachine;
  resources: Registered[];
  names: string[];
  ofType: (type: string) => Registered[];
  /** The inputs of a resource by its name without `m-`. */
  inputs: (name: string) => Record<string, unknown>;
  /** The options of a resource by its name without `m-`. */
  options: (name: string) => pulumi.CustomResourceOptions;
  /** What EC2 was asked for to find the image. */
  imageSearches: Record<string, unknown>[];
}

/** A machine whose resources are all registered. */
export async function make(
  args: AwsMachineArgs = {},
  reach: AllowedCidrsArgs = { allowedCidrs: ["203.0.113.0/24"] },
): Promise<Made> {
  registered.length = 0;
  imageSearches.length = 0;
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
    resources,
    names: resources.map(({ name }) => name),
    ofType: (type) => resources.filter((resource) => resource.type === type),
    inputs: (name) => find(name).inputs,
    options: (name) => options.get(find(name).name) ?? {},
    imageSearches: [...imageSearches],
  };
}

/** An instance's user data, which mocks see as a secret. */
export function userDataOf({ inputs }: Made): string {
  return (inputs("instance").userData as { value: string }).value;
}
