import { getInstance, getInstancesOutput } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsMachineSettings } from "./args";
import { stackTag, stackTagValue } from "./tags";

/** What a machine is like as far as a change of it interrupts somebody. */
export interface Traits {
  image: string;
  instanceType: string;
  rootVolumeSize: number;
}

/**
 * Says in a preview what a change interrupts, in words: it looks at the machine that there is. What the engine shows are
 * names of properties.
 *
 * @param image the image that is asked for, or found
 * @returns the image, once that has been said
 */
export function announceChanges(
  settings: AwsMachineSettings,
  image: pulumi.Output<string>,
  machine: pulumi.Resource,
  invoke: pulumi.InvokeOptions,
): pulumi.Output<string> {
  if (!pulumi.runtime.isDryRun()) return image;
  const found = getInstancesOutput(
    {
      instanceTags: { [stackTag]: stackTagValue() },
      instanceStateNames: ["pending", "running", "stopping", "stopped"],
    },
    invoke,
  );
  return pulumi.all([found.ids, image]).apply(async ([ids, wantedImage]) => {
    if (ids.length !== 1) return wantedImage;
    const { ami, instanceType, rootBlockDevices } = await getInstance({ instanceId: ids[0] }, invoke);
    const before = { image: ami, instanceType, rootVolumeSize: rootBlockDevices[0]?.volumeSize ?? 0 };
    const after = {
      image: settings.image === undefined ? ami : wantedImage,
      instanceType: settings.instanceType,
      rootVolumeSize: settings.rootVolumeSize,
    };
    for (const sentence of interruptions(before, after, settings.spot)) {
      await pulumi.log.warn(sentence, machine);
    }
    return wantedImage;
  });
}

/** A sentence for each change from `before` to `after` that somebody will notice. */
export function interruptions(before: Traits, after: Traits, spot: boolean): string[] {
  const stays = "its addresses, its data volume and the certificates stay";
  const found: string[] = [];
  if (before.image !== after.image) {
    found.push(
      `the image changes from ${before.image} to ${after.image}: the machine is made anew, which takes some minutes and ends everything that runs on it; ${stays}, what else is on its root volume goes`,
    );
  }
  if (before.instanceType !== after.instanceType) {
    const how = spot ? "the spot machine is made anew" : "the machine stops and starts again";
    found.push(
      `the instance type changes from ${before.instanceType} to ${after.instanceType}: ${how}, which takes some minutes and ends everything that runs on it; ${stays}`,
    );
  }
  if (before.rootVolumeSize < after.rootVolumeSize) {
    found.push(
      `the root volume grows from ${before.rootVolumeSize} to ${after.rootVolumeSize} GiB: nothing is interrupted, and the machine uses it from its next start on`,
    );
  }
  return found;
}
