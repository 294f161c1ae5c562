import { getInstance, getInstances, getInstancesOutput, getInstanceType } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsMachineSettings } from "./args";
import { type Architecture, architectureAmong } from "./lookups";
import { stackTag, stackTagValue } from "./tags";

/** What a machine is like as far as a change of it interrupts somebody. */
export interface Traits {
  image: string;
  instanceType: string;
  rootVolumeSize: number;
  spot: boolean;
  /** Of its processors. */
  architecture: Architecture;
}

/**
 * Says in a preview what a change interrupts, in words: it looks at the machine that there is. What the engine shows are
 * names of properties.
 *
 * @param image the image that is asked for, or found
 * @param architecture the one of the instance type that is asked for
 * @returns the image, once that has been said
 */
export function announceChanges(
  settings: AwsMachineSettings,
  image: pulumi.Output<string>,
  architecture: pulumi.Output<Architecture>,
  machine: pulumi.Resource,
  invoke: pulumi.InvokeOptions,
): pulumi.Output<string> {
  if (!pulumi.runtime.isDryRun()) return image;
  const instances = {
    instanceTags: { [stackTag]: stackTagValue() },
    instanceStateNames: ["pending", "running", "stopping", "stopped"],
  };
  const found = getInstancesOutput(instances, invoke);
  return pulumi
    .all([found.ids, image, architecture])
    .apply(async ([ids, wantedImage, wantedArchitecture]) => {
      if (ids.length !== 1) return wantedImage;
      const filters = [{ name: "instance-lifecycle", values: ["spot"] }];
      const spotOnes = await getInstances({ ...instances, filters }, invoke);
      const { ami, instanceType, rootBlockDevices } = await getInstance({ instanceId: ids[0] }, invoke);
      const { supportedArchitectures } = await getInstanceType({ instanceType }, invoke);
      const before = {
        architecture: architectureAmong(supportedArchitectures) ?? wantedArchitecture,
        image: ami,
        instanceType,
        rootVolumeSize: rootBlockDevices[0]?.volumeSize ?? 0,
        spot: spotOnes.ids.includes(ids[0]),
      };
      const after = {
        architecture: wantedArchitecture,
        image: settings.image === undefined ? ami : wantedImage,
        instanceType: settings.instanceType,
        rootVolumeSize: settings.rootVolumeSize,
        spot: settings.spot,
      };
      for (const sentence of interruptions(before, after)) {
        await pulumi.log.warn(sentence, machine);
      }
      return wantedImage;
    });
}

/** A sentence for each change from `before` to `after` that somebody will notice. */
export function interruptions(before: Traits, after: Traits): string[] {
  const anew = "the machine is made anew, which takes some minutes and ends everything that runs on it";
  const stays = "its addresses, its data volume and the certificates stay";
  const goes = "what else is on its root volume goes";
  const found: string[] = [];
  if (before.image !== after.image) {
    found.push(`the image changes from ${before.image} to ${after.image}: ${anew}; ${stays}, ${goes}`);
  }
  if (before.spot !== after.spot) {
    const [from, to] = [before, after].map(({ spot }) => (spot ? "spot" : "on demand"));
    found.push(`the instance changes from ${from} to ${to}: ${anew}; ${stays}, ${goes}`);
  }
  if (before.instanceType !== after.instanceType) {
    const how =
      after.spot || before.architecture !== after.architecture
        ? anew
        : "the machine stops and starts again, which takes some minutes and ends everything that runs on it";
    found.push(
      `the instance type changes from ${before.instanceType} to ${after.instanceType}: ${how}; ${stays}`,
    );
  }
  if (before.rootVolumeSize < after.rootVolumeSize) {
    found.push(
      `the root volume grows from ${before.rootVolumeSize} to ${after.rootVolumeSize} GiB: nothing is interrupted, and the machine uses it from its next start on`,
    );
  }
  return found;
}
