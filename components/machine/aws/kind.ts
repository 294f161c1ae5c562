import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { DaemonArgs } from "../../daemon/daemonArgs";
import type { Problem } from "../../validation";
import type { Kind } from "../kinds";
import type { Machine } from "../machine";
import { type AllowedCidrsArgs, type AwsMachineArgs, awsMachineSchema, awsProblems } from "./args";

const keys = {
  /** What a machine on AWS is like. Default: see each. */
  aws: awsMachineSchema.optional(),
  /**
   * CIDR blocks of IPv4 or IPv6 addresses from which the daemon can be reached.
   * @example ["203.0.113.0/24"]
   */
  allowedCidrs: z
    .array(
      z.string("a CIDR block; write it like 203.0.113.0/24"),
      "a list of CIDR blocks, like [203.0.113.0/24]",
    )
    .optional(),
  /**
   * Whether more than half of all addresses may be allowed.
   * @default false
   */
  allowAnyAddress: z.boolean("true or false").optional(),
};

/** An EC2 instance. */
export const aws: Kind<typeof keys> = {
  keys,
  problems: (args, daemon) => [...awsProblems(args.aws ?? {}, args), ...dataVolumeProblems(daemon)],
  make: (name, args, opts) => new (awsMachine())(name, args.aws ?? {}, args, opts),
};

/** Not by its own type, which would have AWS's whole SDK checked in every stack. */
function awsMachine() {
  const { AwsMachine } = module.require("./awsMachine") as {
    AwsMachine: new (
      name: string,
      args: AwsMachineArgs,
      reach: AllowedCidrsArgs,
      opts: pulumi.ComponentResourceOptions,
    ) => Machine;
  };
  return AwsMachine;
}

/** What lies elsewhere would be on the root volume, which goes with the instance. */
function dataVolumeProblems({ dataRoot }: DaemonArgs): Problem[] {
  if (dataRoot === undefined || /^\/var\/lib\/docker(\/|$)/.test(dataRoot)) return [];
  const reason = `"${dataRoot}" is not on the data volume of a machine on AWS, which is at /var/lib/docker; leave it out`;
  return [{ propertyPath: "daemon.dataRoot", reason }];
}
