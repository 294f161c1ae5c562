import type * as pulumi from "@pulumi/pulumi";
import { valueOf } from "../../../support/mocks";
import { type Made, make, userDataOf } from "./mockedMachine";
import { usableImage } from "../../../../components/machine/aws/lookups";

let plain: Made;
beforeAll(async () => {
  plain = await make();
});

test("the image is the newest Debian 13 of Debian's own account, for the instance type's architecture", async () => {
  const { inputs, imageSearches } = await make({ instanceType: "t4g.medium" });
  expect(inputs("instance")).toMatchObject({ ami: "ami-0newest", instanceType: "t4g.medium" });
  expect(imageSearches).toEqual([
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

test("an image that is asked for by its id is taken, deprecated or not", async () => {
  const { inputs, imageSearches } = await make({ image: "ami-0abc" });
  expect(inputs("instance").ami).toBe("ami-0abc");
  expect(imageSearches).toMatchObject([{ includeDeprecated: true }]);
});

test.each([
  [
    "another system",
    { architecture: "x86_64", platformDetails: "Red Hat Enterprise Linux" },
    /is for Red Hat/,
  ],
  ["another architecture", { architecture: "arm64", platformDetails: "Linux/UNIX" }, /is for arm64, and the/],
])("an image for %s is refused by its id", (_, found, reason) => {
  const refused = () => usableImage("ami-0abc", found, "x86_64");
  expect(refused).toThrow(/^remote-docker:aws\.image: "ami-0abc" /);
  expect(refused).toThrow(reason);
  expect(usableImage("ami-0abc", { architecture: "x86_64", platformDetails: "Linux/UNIX" }, "x86_64")).toBe(
    "ami-0abc",
  );
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
  const userData = userDataOf(plain);
  expect(Object.keys(inputs("instance").userData as object)).toContain("4dabf18193072939515e22adb298388d");
  expect(Buffer.byteLength(userData)).toBeLessThan(16384);
  expect(userData.match(/PRIVATE KEY-----/g)).toHaveLength(2); // begin and end of one
  expect(userData).not.toContain("private part of m-operator-key");
  expect(userData).toContain("ssh-ed25519 AAAA m-operator-key");
  const { ssh_keys } = JSON.parse(userData.replace("#cloud-config\n", "")) as {
    ssh_keys: Record<string, string>;
  };
  expect(await valueOf((machine.hostKey as { bootstrap: pulumi.Output<string> }).bootstrap)).toBe(
    ssh_keys.ed25519_public,
  );
});

test("user data is a secret among the outputs too", () => {
  expect(plain.options("instance").additionalSecretOutputs).toContain("userData");
});

test("each run has a bootstrap host key of its own, which only a new instance takes", async () => {
  expect(userDataOf(await make())).not.toBe(userDataOf(plain));
});

test("a spot machine stops when it is interrupted, and keeps its volumes", async () => {
  expect(plain.inputs("instance")).not.toHaveProperty("instanceMarketOptions");
  expect((await make({ spot: true })).inputs("instance").instanceMarketOptions).toEqual({
    marketType: "spot",
    spotOptions: { spotInstanceType: "persistent", instanceInterruptionBehavior: "stop" },
  });
});

test("an instance profile for Systems Manager, only when it is asked for", async () => {
  expect(plain.inputs("instance").iamInstanceProfile).toBeUndefined();
  const { inputs } = await make({ ssm: true });
  expect(inputs("instance").iamInstanceProfile).toBe("m-ssm-profile");
  expect(inputs("ssm-policy").policyArn).toBe("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore");
});

test("protection from termination", async () => {
  expect(plain.inputs("instance").disableApiTermination).toBe(false);
  expect((await make({ terminationProtection: true })).inputs("instance").disableApiTermination).toBe(true);
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
    expect(plain.options("instance").replaceOnChanges).not.toContain("instanceType");
    const spot = await make({ spot: true });
    expect(spot.options("instance").replaceOnChanges).toContain("instanceType");
  });

  test("a spot machine and an on-demand one differ in what makes it anew, both ways", async () => {
    const spot = await make({ spot: true });
    for (const { options } of [plain, spot]) {
      expect(options("instance").replaceOnChanges).toContain("forceDestroy");
    }
    expect(spot.inputs("instance").forceDestroy).toBe(true);
    expect(plain.inputs("instance")).not.toHaveProperty("forceDestroy");
  });

  test("a protected machine and its data can't be deleted by the stack either", async () => {
    const { options } = await make({ terminationProtection: true });
    expect([options("instance").protect, options("data-volume").protect]).toEqual([true, true]);
  });
});
