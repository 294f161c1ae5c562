import { valueOf } from "../../../support/mocks";
import { type Made, make, userDataOf } from "./mockedMachine";

let plain: Made;
beforeAll(async () => {
  plain = await make();
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

test("sizes, kind and speed of the volumes", async () => {
  const { inputs, machine } = await make({
    rootVolumeSize: 20,
    dataVolume: { size: 200, iops: 6000, throughput: 500 },
  });
  expect(inputs("instance").rootBlockDevice).toMatchObject({ volumeSize: 20 });
  expect(inputs("data-volume")).toMatchObject({ size: 200, type: "gp3", iops: 6000, throughput: 500 });
  expect(await valueOf(machine.preparation.script)).toMatch(/\nprepare 200\n$/);
});

test("a speed that is taken back is the one that gp3 includes; other types have their own", async () => {
  expect(plain.inputs("data-volume")).toMatchObject({ iops: 3000, throughput: 125 });
  const gp2 = await make({ dataVolume: { type: "gp2" } });
  expect(gp2.inputs("data-volume")).not.toHaveProperty("iops");
  expect(gp2.inputs("data-volume")).not.toHaveProperty("throughput");
});

test("a zone of one's own; without it the first that offers the type", async () => {
  expect((await make({ zone: "eu-central-1a" })).inputs("subnet").availabilityZone).toBe("eu-central-1a");
  const { inputs } = plain;
  expect(inputs("data-volume").availabilityZone).toBe("eu-central-1b");
  expect(inputs("subnet").availabilityZone).toBe("eu-central-1b");
});

test("the first boot knows the data volume by its serial number", () => {
  expect(userDataOf(plain)).toContain("/usr/local/sbin/remote-docker-first-boot");
  expect(userDataOf(plain)).toContain('"mdata-volume-id"');
});

test("nothing makes another data volume, and destroy leaves it when that is asked for", async () => {
  const { ignoreChanges, retainOnDelete } = plain.options("data-volume");
  expect(ignoreChanges).toEqual(["availabilityZone", "encrypted", "kmsKeyId"]);
  expect(retainOnDelete).toBe(false);
  expect((await make({ keepDataVolume: true })).options("data-volume").retainOnDelete).toBe(true);
});
