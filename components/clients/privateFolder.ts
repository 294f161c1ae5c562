import { Command } from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { scriptPath } from "../scriptPath";

/** A small file that only its owner may reach. */
export interface PrivateFile {
  /** Name in its folder, e.g. `ca.pem`. */
  name: string;
  /** Octal permissions, e.g. `0400`. */
  mode: string;
  /** Without it the file is the user's own: it is left as it is, and may be missing. */
  content?: pulumi.Input<string>;
}

/** A certificate that the front door must let in before its folder is written. */
export interface Trial {
  /** e.g. `alice` */
  client: string;
  /** Address and port that clients dial. */
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  /** PEM, all three. */
  root: pulumi.Input<string>;
  certificate: pulumi.Input<string>;
  key: pulumi.Input<string>;
}

/**
 * A folder (0700) on the computer that runs Pulumi which holds the given files and nothing else; gone after destroy.
 *
 * @param folder relative to the user's home, or after `state:` to $XDG_STATE_HOME (default ~/.local/state):
 *   the state must fit every user who shares the stack
 * @param trial default: nothing is tried
 */
export function privateFolder(
  name: string,
  folder: string,
  files: PrivateFile[],
  opts: pulumi.CustomResourceOptions,
  trial?: Trial,
): Command {
  const script = scriptPath(__dirname, "folder.js");
  return new Command(
    name,
    {
      create: `node ${script} write ${folder}`,
      delete: `node ${script} remove ${folder}`,
      stdin: pulumi.secret(pulumi.jsonStringify({ files, trial })),
    },
    opts,
  );
}
