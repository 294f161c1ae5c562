import * as pulumi from "@pulumi/pulumi";
import { mockPulumi } from "../../../support/mocks";

interface FakeRoute {
  cidrBlock: string;
  gatewayId?: string;
  vpcEndpointId?: string;
}

let tables: Record<string, string>;
let routes: FakeRoute[];
mockPulumi(
  {},
  {
    "aws:ec2/getRouteTables:getRouteTables": ({ vpcId, filters }) => {
      expect(vpcId).toBe("vpc-0abc");
      const [{ name, values }] = filters as { name: string; values: string[] }[];
      const found = tables[`${name}=${values[0]}`];
      return { ids: found === undefined ? [] : [found] };
    },
    "aws:ec2/getRouteTable:getRouteTable": () => ({
      routes: routes.map((route) => ({ gatewayId: "", vpcEndpointId: "", ...route })),
    }),
  },
  true,
);

import { warnWithoutWayOut } from "../../../../components/machine/aws/wayOut";

const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
const machine = new pulumi.ComponentResource("remote-docker:machine:AwsMachine", "m");
const toGateway = { cidrBlock: "0.0.0.0/0", gatewayId: "igw-0abc" };

async function warnings(): Promise<string[]> {
  warn.mockClear();
  await warnWithoutWayOut({ id: "subnet-0abc", vpcId: "vpc-0abc" }, machine, {});
  return warn.mock.calls.map(([sentence]) => sentence);
}

beforeEach(() => {
  tables = { "association.subnet-id=subnet-0abc": "rtb-0own", "association.main=true": "rtb-0main" };
  routes = [{ cidrBlock: "10.0.0.0/16", gatewayId: "local" }, toGateway];
});

test.each([
  ["an internet gateway", toGateway],
  ["a firewall's endpoint", { cidrBlock: "0.0.0.0/0", vpcEndpointId: "vpce-0abc" }],
])("a default route to %s is what is needed", async (_, route) => {
  routes = [route];
  expect(await warnings()).toEqual([]);
});

test.each<[string, FakeRoute[]]>([
  ["without a default route", [{ cidrBlock: "10.0.0.0/16", gatewayId: "local" }]],
  ["with one to a NAT gateway", [{ cidrBlock: "0.0.0.0/0" }]],
  ["with a narrower one to the gateway", [{ cidrBlock: "203.0.113.0/24", gatewayId: "igw-0abc" }]],
])("a subnet %s is named, and its route table", async (_, some) => {
  routes = some;
  expect(await warnings()).toEqual([
    expect.stringMatching(
      /^remote-docker:aws\.subnetId: "subnet-0abc" has no route for 0\.0\.0\.0\/0 .* rtb-0own: .* write a public subnet$/,
    ),
  ]);
});

test("a subnet without a route table of its own has its VPC's main one", async () => {
  delete tables["association.subnet-id=subnet-0abc"];
  routes = [];
  expect(await warnings()).toEqual([expect.stringContaining("rtb-0main")]);
});
