import {
  AllocateAddressCommand,
  AssignIpv6AddressesCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeAddressesAttributeCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import { arn, ec2, ifThere, tagged, type Tags, until } from "./api.ts";
import { present, resource } from "./resource.ts";

interface NetworkInterfaceInputs {
  subnetId: string;
  securityGroups?: string[];
  ipv6AddressCount?: number;
  description?: string;
  tags?: Tags;
}

const networkInterface = resource<NetworkInterfaceInputs>({
  updates: ["securityGroups", "description", "ipv6AddressCount"],
  replaces: ["subnetId"],
  keeps: ["securityGroups", "ipv6AddressCount"],
  async create(inputs, { signal }) {
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: inputs.subnetId,
        Groups: inputs.securityGroups,
        Ipv6AddressCount: inputs.ipv6AddressCount,
        Description: inputs.description,
        TagSpecifications: tagged("network-interface", inputs.tags),
      }),
    );
    const id = NetworkInterface?.NetworkInterfaceId ?? "";
    await until(signal, async () => (await interfaceOf(id))?.Status === "available");
    return id;
  },
  async read(id) {
    const found = await interfaceOf(id);
    return (
      found &&
      present({
        arn: arn("ec2", `network-interface/${id}`),
        macAddress: found.MacAddress,
        ownerId: found.OwnerId,
        privateIp: found.PrivateIpAddress,
        privateIps: found.PrivateIpAddresses?.map(({ PrivateIpAddress }) => PrivateIpAddress),
        privateDnsName: found.PrivateDnsName,
        ipv6Addresses: found.Ipv6Addresses?.map(({ Ipv6Address }) => Ipv6Address),
      })
    );
  },
  async update(NetworkInterfaceId, { olds, news, has }) {
    const modify = (what: object) =>
      ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...what }));
    if (has("securityGroups")) await modify({ Groups: news.securityGroups });
    if (has("description")) await modify({ Description: { Value: news.description ?? "" } });
    const more = (news.ipv6AddressCount ?? 0) - (olds.ipv6AddressCount ?? 0);
    if (has("ipv6AddressCount")) {
      await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6AddressCount: more }));
    }
  },
  delete: (NetworkInterfaceId) => ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
});

async function interfaceOf(id: string) {
  const asking = ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  return (await ifThere(asking))?.NetworkInterfaces?.[0];
}

interface EipInputs {
  domain?: string;
  tags?: Tags;
}

const eip = resource<EipInputs>({
  replaces: ["domain"],
  async create({ domain, tags }) {
    const TagSpecifications = tagged("elastic-ip", tags);
    const { AllocationId } = await ec2.send(
      new AllocateAddressCommand({ Domain: domain as "vpc", TagSpecifications }),
    );
    return AllocationId ?? "";
  },
  async read(id) {
    const found = await addressOf(id);
    if (!found) return undefined;
    await ec2.send(new DescribeAddressesAttributeCommand({ AllocationIds: [id], Attribute: "domain-name" }));
    return present({
      arn: arn("ec2", `elastic-ip/${id}`),
      allocationId: id,
      publicIp: found.PublicIp,
      publicDns: `ec2-${found.PublicIp?.replaceAll(".", "-")}.compute-1.amazonaws.com`,
    });
  },
  async delete(AllocationId) {
    const found = await addressOf(AllocationId);
    if (found?.AssociationId !== undefined) {
      await ec2.send(new DisassociateAddressCommand({ AssociationId: found.AssociationId }));
    }
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
  },
});

async function addressOf(id: string) {
  const asking = ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] }));
  return (await ifThere(asking))?.Addresses?.[0];
}

interface AssociationInputs {
  allocationId: string;
  networkInterfaceId?: string;
  instanceId?: string;
}

const eipAssociation = resource<AssociationInputs>({
  replaces: ["allocationId", "networkInterfaceId", "instanceId"],
  tags: false,
  async create({ allocationId, networkInterfaceId, instanceId }) {
    const { AssociationId } = await ec2.send(
      new AssociateAddressCommand({
        AllocationId: allocationId,
        NetworkInterfaceId: networkInterfaceId,
        InstanceId: instanceId,
      }),
    );
    return AssociationId ?? "";
  },
  async read(id, { allocationId }) {
    const found = await addressOf(allocationId);
    if (found?.AssociationId !== id) return undefined;
    return present({
      publicIp: found.PublicIp,
      privateIpAddress: found.PrivateIpAddress,
      networkInterfaceId: found.NetworkInterfaceId,
    });
  },
  delete: (AssociationId) => ec2.send(new DisassociateAddressCommand({ AssociationId })),
});

export const addresses = {
  "aws:ec2/networkInterface:NetworkInterface": networkInterface,
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/eipAssociation:EipAssociation": eipAssociation,
};
