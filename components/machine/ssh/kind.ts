import type { Kind } from "../kinds";
import { sshHostSchema } from "./args";
import type * as Made from "./sshHost";

const keys = {
  /** How a host that exists already is reached. Default: see each. */
  ssh: sshHostSchema.optional(),
};

/** A host that exists already: it is adopted, and given back as it was. */
export const ssh: Kind<typeof keys> = {
  keys,
  problems: ({ ssh: args }) =>
    args === undefined
      ? [
          {
            propertyPath: "ssh",
            reason: "is missing; write how the host is reached, like {host: build.example.com}",
          },
        ]
      : [],
  make(name, args, opts) {
    const { SshHost } = module.require("./sshHost") as typeof Made;
    if (args.ssh === undefined) throw new Error("ssh is missing");
    return new SshHost(name, args.ssh, args, opts);
  },
  reach: "who may reach the host is its own firewall's matter",
};
