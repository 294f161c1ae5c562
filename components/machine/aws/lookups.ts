import { getAmiOutput, getInstanceTypeOfferingsOutput, getInstanceTypeOutput } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";

export type Architecture = "x86_64" | "arm64";

/** Who publishes Debian's images (https://wiki.debian.org/Cloud/AmazonEC2Image). */
const debian = "136693071363";
const debianNames: Record<Architecture, string> = { x86_64: "debian-13-amd64-*", arm64: "debian-13-arm64-*" };

/** What an instance type's processors are; a type that the region doesn't have is EC2's own error. */
export function architectureOf(
  instanceType: string,
  invoke: pulumi.InvokeOptions,
): pulumi.Output<Architecture> {
  return getInstanceTypeOutput({ instanceType }, invoke).supportedArchitectures.apply((all) => {
    const found = architectureAmong(all);
    if (found !== undefined) return found;
    throw new pulumi.RunError(
      `remote-docker:aws.instanceType: "${instanceType}" is of the architecture ${all.join(", ")}, for which Debian has no image; write another one, like t3.medium`,
    );
  });
}

/** The one of an instance type's architectures that Debian's image is taken for; undefined: none. */
export function architectureAmong(supported: string[]): Architecture | undefined {
  return (["x86_64", "arm64"] as const).find((architecture) => supported.includes(architecture));
}

/**
 * The image's id.
 *
 * @param image an id, or undefined or `latest` for the newest Debian 13
 */
export function imageFor(
  image: string | undefined,
  architecture: pulumi.Output<Architecture>,
  invoke: pulumi.InvokeOptions,
): pulumi.Output<string> {
  if (image !== undefined && image !== "latest") return chosenImage(image, architecture, invoke);
  return architecture.apply((known) =>
    getAmiOutput(
      {
        owners: [debian],
        mostRecent: true,
        filters: [
          { name: "name", values: [debianNames[known]] },
          { name: "architecture", values: [known] },
          { name: "virtualization-type", values: ["hvm"] },
          { name: "root-device-type", values: ["ebs"] },
        ],
      },
      invoke,
    ).apply(({ id }) => id),
  );
}

function chosenImage(
  image: string,
  architecture: pulumi.Output<Architecture>,
  invoke: pulumi.InvokeOptions,
): pulumi.Output<string> {
  // A public image is deprecated two years after it was made: EC2 lists it then only when asked to, and starts it all the same.
  const asked = { filters: [{ name: "image-id", values: [image] }], includeDeprecated: true };
  const found = getAmiOutput(asked, invoke);
  return pulumi.all([found, architecture]).apply(([known, needed]) => usableImage(image, known, needed));
}

/** The image, if a machine can be made from it as far as EC2 knows; another is refused before anything is created. */
export function usableImage(
  image: string,
  found: { architecture: string; platformDetails: string },
  needed: Architecture,
): string {
  const { architecture, platformDetails } = found;
  // That of Red Hat's, SUSE's and Windows images is another one.
  if (platformDetails !== "Linux/UNIX") {
    throw new pulumi.RunError(
      `remote-docker:aws.image: "${image}" is for ${platformDetails}; write the id of a Debian 13 image, or "latest"`,
    );
  }
  if (architecture === needed) return image;
  throw new pulumi.RunError(
    `remote-docker:aws.image: "${image}" is for ${architecture}, and the instance type is ${needed}; write an image for ${needed}, or another aws.instanceType`,
  );
}

/** The first zone, by name, that offers the instance type. */
export function firstZone(instanceType: string, invoke: pulumi.InvokeOptions): pulumi.Output<string> {
  const offerings = getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [instanceType] }] },
    invoke,
  );
  return offerings.locations.apply((zones) => {
    const [first] = [...zones].sort();
    if (first !== undefined) return first;
    throw new pulumi.RunError(
      `remote-docker:aws.instanceType: no zone of the region offers "${instanceType}"; write another instance type or region`,
    );
  });
}
