import * as pulumi from "@pulumi/pulumi";
import { valueOf } from "../../../support/mocks";
import { type Made, make, region } from "./mockedMachine";
import { sameRegion } from "../../../../components/machine/aws/provider";
import { AwsMachine } from "../../../../components/machine/aws/awsMachine";

let plain: Made;
beforeAll(async () => {
  plain = await make();
});

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

test("every resource's name starts with the machine's", async () => {
  const { names } = await make({ ssm: true });
  for (const name of names) expect(name).toMatch(/^m(-|$)/);
});

test("everything that has tags has the user's, its stack's and a name", async () => {
  const { resources } = await make({ ssm: true, tags: { team: "build" } });
  const untagged = /^(remote-docker:|pulumi:|tls:|command:)|Association|Attachment|Route$/i;
  const tagged = resources.filter(({ type }) => !untagged.test(type));
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
  const instance = resources.find(({ name }) => name === "m-instance");
  expect(instance?.inputs.rootBlockDevice).toMatchObject({ tags: { team: "build" } });
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
  expect(await valueOf(machine.start)).toBe("t3.medium");
  expect(inputs("boot").triggers).toEqual(["m-instance-id"]);
  expect(inputs("boot").environment).toMatchObject({
    INSTANCE_TYPE: "t3.medium",
    HOST: "203.0.113.9",
    PORT: "2376",
  });
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

test("what is wrong with the arguments, or with the blocks, is refused", () => {
  expect(() => new AwsMachine("m", { region: "Frankfurt" }, { allowedCidrs: ["203.0.113.0/24"] })).toThrow(
    "aws.region",
  );
  expect(() => new AwsMachine("m", { region }, {})).toThrow("allowedCidrs: is missing");
  expect(() => new AwsMachine("m", { region }, { allowedCidrs: ["0.0.0.0/0"] })).toThrow(
    "allowAnyAddress: true",
  );
});

test("the provider keeps the region that the stack began with", () => {
  expect(plain.options("aws").ignoreChanges).toEqual(["region"]);
});

test("another region than the one that the stack began with is refused by name", () => {
  expect(sameRegion("eu-central-1", "eu-central-1")).toBe("eu-central-1");
  expect(() => sameRegion("eu-central-1", "us-east-1")).toThrow(
    /remote-docker:aws\.region: the machine is in eu-central-1 and can't move to us-east-1; put the old value back/,
  );
});
