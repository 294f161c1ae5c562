import { Command } from "@pulumi/command/local";
import type * as pulumi from "@pulumi/pulumi";
import { scriptPath } from "../scriptPath";

export interface ClaimArgs {
  /** The folder, relative to the user's home, or after `state:` to $XDG_STATE_HOME (default ~/.local/state). */
  folder: string;
  /** An id of the stack's own, which its state keeps, e.g. the fingerprint of a key. */
  owner: pulumi.Input<string>;
  /** What proves that a folder of an earlier version is the stack's: {@link file://./mark.js} */
  evidence: pulumi.Input<string>;
  /** The shell command that removes the folder's content when nobody has its state any more. */
  lost: string;
}

/**
 * Marks a folder on this computer as the stack's own; gone after destroy. A folder that belongs to another state ends the
 * update with an error that names it and the ways out: what is written there depends on this resource.
 */
export function claim(name: string, args: ClaimArgs, opts: pulumi.CustomResourceOptions): Command {
  const script = scriptPath(__dirname, "mark.js");
  return new Command(
    name,
    {
      create: `node ${script} take ${args.folder}`,
      delete: `node ${script} release ${args.folder}`,
      environment: { OWNER: args.owner, EVIDENCE: args.evidence, LOST: args.lost },
    },
    // The mark keeps the id that it was made with.
    { ...opts, ignoreChanges: ["environment"] },
  );
}

/** The component that index.ts makes: what it owns is named after the stack alone. */
const principal = "docker";

/**
 * The name of what a component owns on this computer, unique among the components of a program.
 *
 * @param component the RemoteDocker's name, e.g. `docker`
 * @example ownName("dev", "docker") // dev
 * @example ownName("dev", "cache") // dev.cache
 */
export function ownName(stack: string, component: string): string {
  return component === principal ? stack : `${stack}.${component}`;
}
