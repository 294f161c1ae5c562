import type { Kind } from "../kinds";
import { localMachineSchema } from "./args";
import type * as Made from "./localMachine";

const keys = {
  /** What a virtual machine on this computer is like. Default: see each. */
  local: localMachineSchema.optional(),
};

/** A virtual machine on this computer. */
export const local: Kind<typeof keys> = {
  keys,
  problems: () => [],
  make(name, args, opts) {
    const { LocalMachine } = module.require("./localMachine") as typeof Made;
    return new LocalMachine(name, args.local, opts, args.daemon?.dataRoot);
  },
  reach: "what counts there is local.bind, the address at which this computer is reached",
};
