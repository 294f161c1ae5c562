import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Problem } from "../validation";
import { type AllowedCidrsArgs, type AwsMachineArgs, awsMachineSchema, awsProblems } from "./aws/args";
import { type LocalMachineArgs, localMachineSchema } from "./local/args";
import { LocalMachine } from "./local/localMachine";
import type { Machine } from "./machine";

/** Which machine the daemon runs on, and from where it can be reached. */
export interface MachineArgs extends AllowedCidrsArgs {
  /**
   * The kind of machine: `local`, a virtual machine on this computer, or `aws`, an EC2 instance.
   * @default "local"
   */
  machine?: "local" | "aws";
  /** What a local machine is like. Default: see each. */
  local?: LocalMachineArgs;
  /** What a machine on AWS is like. Default: see each. */
  aws?: AwsMachineArgs;
}

/** What is allowed in {@link MachineArgs}, key by key. */
export const machineSchemas = {
  machine: z.enum(["local", "aws"], "a kind of machine; write local or aws").optional(),
  local: localMachineSchema.optional(),
  aws: awsMachineSchema.optional(),
  allowedCidrs: z
    .array(
      z.string("a CIDR block; write it like 203.0.113.0/24"),
      "a list of CIDR blocks, like [203.0.113.0/24]",
    )
    .optional(),
  allowAnyAddress: z.boolean("true or false").optional(),
};

/** What of the arguments doesn't fit the kind of machine, none when they are fine. */
export function machineProblems(args: MachineArgs): Problem[] {
  if (args.machine === "aws") return awsProblems(args.aws ?? {}, args);
  if (args.allowedCidrs === undefined) return [];
  const reason =
    "a local machine has no such rules; remove it: what counts there is local.bind, the address at which this computer is reached";
  return [{ propertyPath: "allowedCidrs", reason }];
}

/** The machine that the arguments ask for. */
export function newMachine(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions): Machine {
  switch (args.machine ?? "local") {
    case "local":
      return new LocalMachine(name, args.local ?? {}, opts);
    case "aws":
      return new (awsMachine())(name, args.aws ?? {}, args, opts);
  }
}

type AwsMachineConstructor = new (
  name: string,
  args: AwsMachineArgs,
  reach: AllowedCidrsArgs,
  opts: pulumi.ComponentResourceOptions,
) => Machine;

/** Loaded, and its types checked, by a stack that has such a machine alone: AWS's SDK is large. */
function awsMachine(): AwsMachineConstructor {
  const loaded = module.require("./aws/awsMachine") as { AwsMachine: AwsMachineConstructor };
  return loaded.AwsMachine;
}
