import * as pulumi from "@pulumi/pulumi";
import { type Made, make } from "./mockedMachine";

let plain: Made;
beforeAll(async () => {
  plain = await make();
});

const ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

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

test("a port that the configuration opens has a rule of its own for each block, and the machine's firewall knows it", async () => {
  const cidrs = { allowedCidrs: ["203.0.113.0/24", "2001:db8::/32"] };
  const { names, inputs, machine } = await make({ openPorts: [8080, "53/udp"] }, cidrs);
  expect(names.filter((name) => name.startsWith("m-open-"))).toEqual([
    "m-open-8080-tcp-203.0.113.0-24",
    "m-open-53-udp-203.0.113.0-24",
    "m-open-8080-tcp-2001-db8---32",
    "m-open-53-udp-2001-db8---32",
  ]);
  expect(inputs("open-53-udp-203.0.113.0-24")).toMatchObject({
    ...{ ipProtocol: "udp", fromPort: 53, toPort: 53, cidrIpv4: "203.0.113.0/24" },
  });
  expect(machine.openPorts).toEqual([
    { port: 8080, protocol: "tcp" },
    { port: 53, protocol: "udp" },
  ]);
});

test("a rule's name is its block's, so that another block touches no other rule", async () => {
  const { names } = await make({}, { allowedCidrs: ["2001:db8::/32", "203.0.113.7/32"] });
  expect(names.filter((name) => name.startsWith("m-ingress"))).toEqual([
    "m-ingress-2001-db8---32",
    "m-ingress-203.0.113.7-32",
  ]);
});

test("a machine that is open to everybody by wish is made, with a warning", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  const { ofType } = await make({}, { allowedCidrs: ["0.0.0.0/0"], allowAnyAddress: true });
  expect(ofType(ingressType)).toHaveLength(1);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("open to every IPv4 address"), expect.anything());
  warn.mockRestore();
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

test("an existing subnet: no network is made, and the data volume is in its zone", async () => {
  const { inputs, names } = await make({ vpcId: "vpc-0abc", subnetId: "subnet-0abc" });
  expect(names.filter((name) => /vpc|subnet|gateway|route/.test(name))).toEqual([]);
  expect(inputs("security-group").vpcId).toBe("vpc-0abc");
  expect(inputs("network-interface").subnetId).toBe("subnet-0abc");
  expect(inputs("network-interface").ipv6AddressCount).toBeUndefined();
  expect(inputs("data-volume").availabilityZone).toBe("eu-central-1a");
});
