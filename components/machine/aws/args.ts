import { z } from "zod";
import { openPortsSchema } from "../../firewall/openPorts";
import { type Problem, problems, whole } from "../../validation";
import { cidrProblems } from "./cidrs";
import { regionOf } from "./region";

/** From where the daemon can be reached. */
export interface AllowedCidrsArgs {
  /** CIDR blocks of IPv4 or IPv6 addresses. */
  allowedCidrs?: string[];
  /** Whether more than half of all addresses may be allowed. Default: false. */
  allowAnyAddress?: boolean;
}

/** The arguments with their defaults. */
export type AwsMachineSettings = Required<
  Omit<AwsMachineArgs, "zone" | "vpcId" | "subnetId" | "image" | "dataVolume">
> &
  Pick<AwsMachineArgs, "zone" | "vpcId" | "subnetId" | "image"> & {
    dataVolume: DataVolumeArgs & Required<Pick<DataVolumeArgs, "size" | "type">>;
  };

export function withDefaults(args: AwsMachineArgs): AwsMachineSettings {
  return {
    ...args,
    region: regionOf(args.region) ?? "",
    instanceType: args.instanceType ?? "t3.medium",
    spot: args.spot ?? false,
    rootVolumeSize: args.rootVolumeSize ?? 10,
    dataVolume: withSpeed({
      ...args.dataVolume,
      size: args.dataVolume?.size ?? 50,
      type: args.dataVolume?.type ?? "gp3",
    }),
    keepDataVolume: args.keepDataVolume ?? false,
    terminationProtection: args.terminationProtection ?? false,
    ssm: args.ssm ?? false,
    openPorts: args.openPorts ?? [],
    tags: args.tags ?? {},
  };
}

/** A gp3 volume has its speed spelled out: the provider keeps a value that isn't given, also that of another type. */
function withSpeed(volume: AwsMachineSettings["dataVolume"]): AwsMachineSettings["dataVolume"] {
  if (volume.type !== "gp3") return volume;
  return { ...volume, iops: volume.iops ?? 3000, throughput: volume.throughput ?? 125 };
}

function text(what: string, pattern: RegExp) {
  return z.string({ error: what }).regex(pattern, { error: what }).optional();
}

const flag = () => z.boolean("true or false").optional();

const ownTag = /^(Name$|aws:|remote-docker:)/;
const tags = z.record(
  z
    .string()
    .min(1)
    .max(128)
    .refine((key) => !ownTag.test(key)),
  z
    .string("a tag's value: a text of at most 256 characters")
    .max(256, "a tag's value: at most 256 characters"),
  "tags like {team: build}: up to 128 characters, and not Name, aws:… or remote-docker:…",
);

const dataVolume = z.strictObject(
  {
    /**
     * GiB, 8 or more. Grows while the machine runs, interrupts nothing; can't shrink.
     * @default 50
     */
    size: whole("a size of a volume in GiB", 8, 65536),
    /**
     * Kind of volume.
     * @default "gp3"
     */
    type: z.enum(["gp3", "gp2", "io2"], "a type of volume; write gp3, gp2 or io2").optional(),
    /** Operations per second, for gp3 (3000 are included) and io2 (needed). */
    iops: whole("a number of operations per second", 100, 256000),
    /** MiB per second, for gp3 (125 are included). */
    throughput: whole("a number of MiB per second", 125, 2000),
  },
  "the data volume's size, type, iops and throughput",
);

export type DataVolumeArgs = z.input<typeof dataVolume>;

/** What is allowed in {@link AwsMachineArgs}. */
export const awsMachineSchema = z.strictObject(
  {
    /**
     * AWS region. It can't be changed afterwards.
     * @default the stack's `aws:region`, else AWS_REGION
     * @example "eu-central-1"
     */
    region: text("an AWS region; write it like eu-central-1", /^[a-z]{2,}(-[a-z]+)+-\d+$/),
    /**
     * Availability zone of data volume and instance. It can't be changed afterwards.
     * @default the first one that offers the instance type, or the one of `subnetId`
     * @example "eu-central-1b"
     */
    zone: text(
      "an availability zone; write it like eu-central-1a",
      /^[a-z]{2,}(-[a-z]+)+-\d+[a-z0-9-]*[a-z]$/,
    ),
    /**
     * Instance type; the image's architecture follows it. A change stops the machine and starts it again; one to another
     * architecture, or of a spot instance, makes it anew. Data volume, address and certificates stay.
     * @default "t3.medium"
     */
    instanceType: text("an instance type; write it like t3.medium", /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/),
    /**
     * Spare capacity at a lower price, which AWS may stop at any time and starts again later. A change makes the machine anew.
     * @default false
     */
    spot: flag(),
    /**
     * Size of the root volume in GiB, 8 or more, which can only grow; the machine uses the growth from its next start on.
     * @default 10
     */
    rootVolumeSize: whole("a size of a volume in GiB", 8, 16384),
    /** The volume at /var/lib/docker, which outlives the instance. Default: see each. */
    dataVolume: dataVolume.optional(),
    /**
     * Whether `destroy` leaves the data volume in the account.
     * @default false
     */
    keepDataVolume: flag(),
    /** An existing VPC instead of one of its own; needs `subnetId`. */
    vpcId: text("a VPC's id; write it like vpc-0123456789abcdef0", /^vpc-[0-9a-f]+$/),
    /** An existing subnet of `vpcId`, with a route to an internet gateway. */
    subnetId: text("a subnet's id; write it like subnet-0123456789abcdef0", /^subnet-[0-9a-f]+$/),
    /**
     * The machine's image: `latest`, the newest Debian 13, or one image. A change makes the machine anew with the same data
     * volume. Without it a machine keeps the image that it began with, the newest of then.
     * @example "ami-0123456789abcdef0"
     */
    image: text("an image; write latest, or its id like ami-0123456789abcdef0", /^(latest|ami-[0-9a-f]+)$/),
    /**
     * Whether machine and data volume are protected: neither the stack nor anybody else ends them until this is false again.
     * @default false
     */
    terminationProtection: flag(),
    /**
     * An instance profile for Systems Manager. Debian's image has no agent: install it by hand.
     * @default false
     */
    ssm: flag(),
    /**
     * Ports that are open besides 2376, to the addresses in `allowedCidrs`, in the security group and in the machine's firewall:
     * for what a container publishes on every address by hand (`-p 0.0.0.0:8080:80`). No certificate guards them. A number
     * is TCP. A change interrupts nothing that stands.
     * @default []
     * @example [8080, "53/udp"]
     */
    openPorts: openPortsSchema.optional(),
    /**
     * Tags of everything, besides `Name` and `remote-docker:stack`.
     * @default {}
     */
    tags: tags.optional(),
  },
  "the arguments of a machine on AWS",
);

/** An EC2 instance with what belongs to it. Plain values: they are checked before anything is created. */
export type AwsMachineArgs = z.input<typeof awsMachineSchema>;

/** Everything that is wrong with the arguments, as far as they and this computer tell. */
export function awsProblems(aws: AwsMachineArgs, reach: AllowedCidrsArgs): Problem[] {
  const found = problems(awsMachineSchema, aws, "aws");
  const cidrs = cidrProblems(reach.allowedCidrs, reach.allowAnyAddress ?? false);
  if (found.length > 0) return [...found, ...cidrs];
  return [...cidrs, ...placeProblems(aws), ...volumeProblems(aws.dataVolume ?? {}), ...spotProblems(aws)];
}

function spotProblems({ spot, terminationProtection }: AwsMachineArgs): Problem[] {
  if (!spot || !terminationProtection) return [];
  const reason = "EC2 can't protect a spot instance; leave it out, or spot";
  return [{ propertyPath: "aws.terminationProtection", reason }];
}

function placeProblems({ region: asked, zone, vpcId, subnetId }: AwsMachineArgs): Problem[] {
  const region = regionOf(asked);
  if (region === undefined) {
    const reason = "is missing; write the AWS region that the machine shall be in, like eu-central-1";
    return [{ propertyPath: "aws.region", reason }];
  }
  const found: Problem[] = [];
  if (zone !== undefined && !zone.startsWith(region)) {
    const reason = `"${zone}" is not a zone of ${region}; write it like ${region}a, or leave it out`;
    found.push({ propertyPath: "aws.zone", reason });
  }
  if ((vpcId === undefined) !== (subnetId === undefined)) {
    const [missing, given] = vpcId === undefined ? ["vpcId", "subnetId"] : ["subnetId", "vpcId"];
    const reason = `is missing; an existing network needs both, or leave ${given} out for a network of its own`;
    found.push({ propertyPath: `aws.${missing}`, reason });
  }
  if (zone !== undefined && subnetId !== undefined) {
    const reason = "is the one of subnetId; leave it out";
    found.push({ propertyPath: "aws.zone", reason });
  }
  return found;
}

function volumeProblems({ type = "gp3", iops, throughput }: DataVolumeArgs): Problem[] {
  const found: Problem[] = [];
  const add = (key: string, reason: string) => found.push({ propertyPath: `aws.dataVolume.${key}`, reason });
  if (type === "gp2" && iops !== undefined) add("iops", "a gp2 volume's follow its size; leave it out");
  if (type === "gp3" && iops !== undefined && iops < 3000) {
    add("iops", `${iops} is less than the 3000 that a gp3 volume has anyway; leave it out`);
  }
  if (type === "io2" && iops === undefined) add("iops", "is missing; an io2 volume needs it, like 4000");
  if (type !== "gp3" && throughput !== undefined) add("throughput", "is for gp3 volumes; leave it out");
  return found;
}
