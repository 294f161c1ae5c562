import { Volume } from "@pulumi/aws/ebs";
import * as pulumi from "@pulumi/pulumi";
import type { AwsMachineSettings } from "./args";
import { tagsOf } from "./tags";

/**
 * The volume at /var/lib/docker. It is what a machine can't lose: the zone that it was made in is the machine's from
 * then on, and nothing but `destroy` ever removes it.
 */
export function newDataVolume(
  name: string,
  { dataVolume, keepDataVolume, terminationProtection, tags }: AwsMachineSettings,
  zone: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): Volume {
  const { size, type, iops, throughput } = dataVolume;
  return new Volume(
    name,
    {
      availabilityZone: zone,
      size,
      type,
      iops,
      throughput,
      encrypted: true,
      tags: tagsOf(tags, "data-volume"),
    },
    {
      ...opts,
      // A change would make a new and empty volume.
      ignoreChanges: ["availabilityZone", "encrypted", "kmsKeyId"],
      retainOnDelete: keepDataVolume,
      protect: terminationProtection,
    },
  );
}

/** The zone that the volume is in; another one, if asked for, is refused before anything has changed. */
export function zoneOf(
  volume: Volume,
  wanted: pulumi.Input<string> | undefined,
  option: string,
): pulumi.Output<string> {
  return pulumi.all([volume.availabilityZone, wanted]).apply(([zone, asked]) => {
    if (asked === undefined || asked === zone) return zone;
    throw new pulumi.RunError(
      `remote-docker:aws.${option}: the data volume is in ${zone} and can't move to ${asked}; ` +
        "put the old value back, or make another stack there",
    );
  });
}
