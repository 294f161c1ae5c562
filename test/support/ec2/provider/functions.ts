import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRouteTablesCommand,
  type Filter,
} from "@aws-sdk/client-ec2";
import type { PropertyMap } from "../../../../engine/providers/provider.ts";
import { ec2, type Tags } from "./api.ts";
import { rootVolume } from "./instance.ts";
import { instanceOf } from "./instanceState.ts";
import { subnetOf } from "./network.ts";
import { present } from "./resource.ts";

type Given = {
  filters?: { name: string; values: string[] }[];
  owners?: string[];
  mostRecent?: boolean;
  includeDeprecated?: boolean;
  id?: string;
  vpcId?: string;
  routeTableId?: string;
  instanceId?: string;
  instanceType?: string;
  locationType?: "availability-zone";
  instanceTags?: Tags;
  instanceStateNames?: string[];
};

/** The provider's functions, by token; each answers with what the official one's answer has that the program uses. */
const functions: Record<string, (given: Given) => Promise<Record<string, unknown>>> = {
  async "aws:ec2/getAmi:getAmi"({ filters, owners, mostRecent, includeDeprecated }) {
    const { Images = [] } = await ec2.send(
      new DescribeImagesCommand({
        Owners: owners,
        Filters: filtersOf(filters),
        IncludeDeprecated: includeDeprecated ?? false,
      }),
    );
    const isById = filters?.some(({ name }) => ["image-id", "owner-id"].includes(name)) ?? false;
    if (mostRecent && !owners && !isById) {
      throw new Error("Most Recent Image Not Filtered: give owners, or a filter by image-id or owner-id");
    }
    if (Images.length === 0) {
      throw new Error("Your query returned no results. Please change your search criteria and try again.");
    }
    if (Images.length > 1 && !mostRecent) {
      throw new Error(
        "Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.",
      );
    }
    const [image] = Images.toSorted(
      (a, b) => Date.parse(b.CreationDate ?? "") - Date.parse(a.CreationDate ?? ""),
    );
    return {
      id: image?.ImageId,
      imageId: image?.ImageId,
      name: image?.Name,
      architecture: image?.Architecture,
      creationDate: image?.CreationDate,
      ownerId: image?.OwnerId,
      // moto leaves it out.
      platformDetails: image?.PlatformDetails ?? "Linux/UNIX",
      rootDeviceName: image?.RootDeviceName,
    };
  },

  async "aws:ec2/getInstanceType:getInstanceType"({ instanceType }) {
    const { InstanceTypes = [] } = await ec2.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: [instanceType as never] }),
    );
    const [type] = InstanceTypes;
    return {
      id: instanceType,
      instanceType,
      supportedArchitectures: type?.ProcessorInfo?.SupportedArchitectures,
      defaultVcpus: type?.VCpuInfo?.DefaultVCpus,
      memorySize: type?.MemoryInfo?.SizeInMiB,
    };
  },

  async "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"({ filters, locationType }) {
    const { InstanceTypeOfferings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: locationType, Filters: filtersOf(filters) }),
    );
    return {
      id: "offerings",
      instanceTypes: InstanceTypeOfferings.map(({ InstanceType }) => InstanceType),
      locations: InstanceTypeOfferings.map(({ Location }) => Location),
      locationTypes: InstanceTypeOfferings.map(({ LocationType }) => LocationType),
    };
  },

  async "aws:ec2/getSubnet:getSubnet"({ id = "" }) {
    const subnet = await subnetOf(id);
    if (!subnet) throw new Error("no matching EC2 Subnet found");
    const { VpcId: vpcId, AvailabilityZone: availabilityZone, CidrBlock: cidrBlock } = subnet;
    return {
      id,
      vpcId,
      availabilityZone,
      cidrBlock,
      ipv6CidrBlock: subnet.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock,
    };
  },

  async "aws:ec2/getRouteTables:getRouteTables"({ vpcId = "", filters = [] }) {
    const Filters = filtersOf([...filters, { name: "vpc-id", values: [vpcId] }]);
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    return { id: "tables", ids: RouteTables.map(({ RouteTableId }) => RouteTableId) };
  },

  async "aws:ec2/getRouteTable:getRouteTable"({ routeTableId = "" }) {
    const { RouteTables = [] } = await ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] }),
    );
    const routes = (RouteTables[0]?.Routes ?? []).map(({ DestinationCidrBlock, GatewayId }) => ({
      cidrBlock: DestinationCidrBlock ?? "",
      gatewayId: GatewayId ?? "",
      vpcEndpointId: "",
    }));
    return { id: routeTableId, routes };
  },

  async "aws:ec2/getInstances:getInstances"({
    instanceTags = {},
    instanceStateNames = ["running"],
    filters = [],
  }) {
    const tags = Object.entries(instanceTags).map(([name, value]) => ({
      name: `tag:${name}`,
      values: [value],
    }));
    const states = { name: "instance-state-name", values: instanceStateNames };
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ Filters: filtersOf([...tags, states]) }),
    );
    // moto doesn't know the filter instance-lifecycle.
    const lifecycles = filters.flatMap(({ name, values }) => (name === "instance-lifecycle" ? values : []));
    const found = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ InstanceLifecycle = "" }) => lifecycles.length === 0 || lifecycles.includes(InstanceLifecycle),
    );
    return {
      id: "instances",
      ids: found.map(({ InstanceId }) => InstanceId),
      privateIps: found.map(({ PrivateIpAddress }) => PrivateIpAddress ?? ""),
      publicIps: found.flatMap(({ PublicIpAddress = [] }) => PublicIpAddress),
    };
  },

  async "aws:ec2/getInstance:getInstance"({ instanceId = "" }) {
    const found = await instanceOf(instanceId);
    if (!found) throw new Error("no matching EC2 Instance found");
    const { ImageId: ami, InstanceType: instanceType, Placement } = found;
    const root = await rootVolume(found);
    const rootBlockDevices = [
      { volumeId: root?.VolumeId, volumeSize: root?.Size, volumeType: root?.VolumeType },
    ];
    return {
      rootBlockDevices,
      id: instanceId,
      instanceId,
      ami,
      instanceType,
      availabilityZone: Placement?.AvailabilityZone,
    };
  },
};

function filtersOf(filters: Given["filters"]): Filter[] | undefined {
  return filters?.map(({ name, values }) => ({ Name: name, Values: values }));
}

export async function call(token: string, args: PropertyMap): Promise<PropertyMap> {
  const known = Object.hasOwn(functions, token) ? functions[token] : undefined;
  if (!known) throw new Error(`the function ${token} is nothing that the emulation's provider knows`);
  return present(await known(args));
}
