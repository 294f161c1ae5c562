import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type LocalMachineArgs, localMachineSchema } from "./local/args";
import { LocalMachine } from "./local/localMachine";
import type { Machine } from "./machine";

/** Which machine the daemon runs on. */
export interface MachineArgs {
  /**
   * The kind of machine: `local`, a virtual machine on this computer.
   * @default "local"
   */
  machine?: "local";
  /** What a local machine is like. Default: see each. */
  local?: LocalMachineArgs;
}

/** What is allowed in {@link MachineArgs}, key by key. */
export const machineSchemas = {
  machine: z.enum(["local"], "a kind of machine; write local").optional(),
  local: localMachineSchema.optional(),
};

/** The machine that the arguments ask for. */
export function newMachine(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions): Machine {
  switch (args.machine ?? "local") {
    case "local":
      return new LocalMachine(name, args.local ?? {}, opts);
  }
}
