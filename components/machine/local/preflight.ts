import { spawnSync } from "node:child_process";
import * as path from "node:path";
import type { Problem } from "../../validation";
import type { LocalMachineSettings } from "./args";

/** What this computer says about a machine before anything is done. */
export interface Preflight {
  /** What stands in the way, none when the machine can be started or runs already. */
  problems: Problem[];
  /** What the user should know of the machine, e.g. that its image is old. */
  notices: string[];
  /** Number of the machine's current start, or of the next when it doesn't run as it should. */
  generation: string;
}

/**
 * Looks whether this computer has what a machine needs, and whether the stack's machine is running. Takes 0.05 s.
 *
 * @param dataRoot dockerd's folder. Default: /var/lib/docker
 */
export function preflight(
  project: string,
  stack: string,
  settings: LocalMachineSettings,
  dataRoot = "",
): Preflight {
  const env = {
    ...process.env,
    ...machineEnvironment(settings),
    IMAGE: String(settings.image),
    SECURITY_MIRROR: settings.securityMirror,
    DATA_ROOT: dataRoot,
  };
  const { status, stdout, stderr, error } = spawnSync(
    "bash",
    [path.join(__dirname, "preflight.sh"), project, stack],
    { encoding: "utf8", env },
  );
  if (error !== undefined || status !== 0) {
    throw new Error(`this computer could not be examined for a local machine: ${error?.message ?? stderr}`);
  }
  return parsePreflight(stdout);
}

/** Lines of `generation<TAB>number`, `notice<TAB>text` and `problem<TAB>place<TAB>reason`. */
export function parsePreflight(output: string): Preflight {
  const lines = output.split("\n").map((line) => line.split("\t"));
  const problems = lines
    .filter(([kind]) => kind === "problem")
    .map(([, propertyPath, reason]) => ({ propertyPath, reason }));
  const generation = lines.find(([kind]) => kind === "generation")?.[1];
  if (generation === undefined) throw new Error(`preflight.sh said nothing of a generation: ${output}`);
  const notices = lines.filter(([kind]) => kind === "notice").map(([, text]) => text);
  return { problems, notices, generation };
}

/** What the scripts read of the image. Nothing of what isn't asked for: another environment is another run of a command. */
export function imageEnvironment({
  image,
  mirror,
  securityMirror,
}: LocalMachineSettings): Record<string, string> {
  return {
    MIRROR: mirror,
    ...(image === 1 ? {} : { IMAGE: String(image) }),
    ...(securityMirror === "" ? {} : { SECURITY_MIRROR: securityMirror }),
  };
}

/** The settings that the running machine depends on, as the scripts read them. */
export function machineEnvironment(settings: LocalMachineSettings): Record<string, string> {
  return {
    CPUS: String(settings.cpus),
    MEMORY: String(settings.memory),
    DISK_SIZE: String(settings.diskSize),
    BIND: settings.bind,
    PORT: String(settings.port),
  };
}
