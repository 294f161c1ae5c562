import { Eip, EipAssociation, NetworkInterface, SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { frontDoorPort } from "../../frontDoor/haproxyCommon";
import type { OpenPort } from "../../firewall/openPorts";
import { canonicalCidrs } from "./cidrs";
import type { Site } from "./site";
import { tagsOf } from "./tags";

/** How the machine is reached: it outlives the instance, whose addresses therefore stay. */
export interface Network {
  /** The Elastic IP. */
  address: pulumi.Output<string>;
  /** The addresses that the machine itself knows. */
  ownAddresses: pulumi.Output<string[]>;
  interfaceId: pulumi.Output<string>;
  /** What lets provisioning in. */
  rules: pulumi.Resource[];
  /** What has to be there before the instance boots, so that its first packet finds the way out. */
  ready: pulumi.Resource[];
}

/** What is open, and to whom. */
export interface Openings {
  /** CIDR blocks. */
  allowedCidrs: string[];
  /** Besides the front door. */
  openPorts: OpenPort[];
}

/** A network interface with an Elastic IP, at which nothing is open but what is said, and that to the given blocks. */
export function newNetwork(
  name: string,
  site: Site,
  openings: Openings,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): Network {
  const group = new SecurityGroup(
    `${name}-security-group`,
    {
      vpcId: site.vpcId,
      description: "The front door of a shared Docker daemon",
      tags: tagsOf(tags, "security-group"),
    },
    opts,
  );
  const rules = ingress(name, group, openings, tags, opts);
  const egress = [
    new SecurityGroupEgressRule(
      `${name}-egress-ipv4`,
      { ...everywhere(group, "egress-ipv4", tags), cidrIpv4: "0.0.0.0/0" },
      opts,
    ),
    new SecurityGroupEgressRule(
      `${name}-egress-ipv6`,
      { ...everywhere(group, "egress-ipv6", tags), cidrIpv6: "::/0" },
      opts,
    ),
  ];
  const networkInterface = new NetworkInterface(
    `${name}-network-interface`,
    {
      subnetId: site.subnetId,
      securityGroups: [group.id],
      ipv6AddressCount: site.ipv6AddressCount,
      description: "The shared Docker daemon's machine",
      tags: tagsOf(tags, "network-interface"),
    },
    opts,
  );
  const address = new Eip(
    `${name}-address`,
    { domain: "vpc", tags: tagsOf(tags, "address") },
    { ...opts, dependsOn: site.ready },
  );
  const association = new EipAssociation(
    `${name}-address-association`,
    { allocationId: address.id, networkInterfaceId: networkInterface.id },
    opts,
  );
  return {
    address: address.publicIp,
    ownAddresses: pulumi
      .all([networkInterface.privateIp, networkInterface.ipv6Addresses])
      .apply(([ipv4, ipv6]) => [ipv4, ...(ipv6 ?? [])]),
    interfaceId: networkInterface.id,
    rules,
    ready: [...site.ready, ...egress, association],
  };
}

/** A rule for each block and port, named by them: another block changes nothing but rules. */
function ingress(
  name: string,
  group: SecurityGroup,
  { allowedCidrs, openPorts }: Openings,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const frontDoor = { port: frontDoorPort, protocol: "tcp", part: "ingress", description: "The front door" };
  const opened = openPorts.map((one) => ({
    ...one,
    part: `open-${one.port}-${one.protocol}`,
    description: "A port that the configuration opens",
  }));
  return canonicalCidrs(allowedCidrs).flatMap(({ family, text }) =>
    [frontDoor, ...opened].map(({ port, protocol, part: of, description }) => {
      const part = `${of}-${text.replace(/[:/]/g, "-")}`;
      return new SecurityGroupIngressRule(
        `${name}-${part}`,
        {
          securityGroupId: group.id,
          ipProtocol: protocol,
          fromPort: port,
          toPort: port,
          ...(family === "IPv4" ? { cidrIpv4: text } : { cidrIpv6: text }),
          description,
          tags: tagsOf(tags, part),
        },
        opts,
      );
    }),
  );
}

function everywhere(group: SecurityGroup, part: string, tags: Record<string, string>) {
  return {
    securityGroupId: group.id,
    ipProtocol: "-1",
    description: "Registries, package mirrors, whatever containers ask for",
    tags: tagsOf(tags, part),
  };
}
