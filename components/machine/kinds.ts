import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { DaemonArgs } from "../daemon/daemonArgs";
import type { Problem } from "../validation";
import { aws } from "./aws/kind";
import defaultKind from "./defaultKind.json";
import { local } from "./local/kind";
import type { Machine } from "./machine";
import { ssh } from "./ssh/kind";

/**
 * The kinds of machine by their names. Each is a folder beside this file: kind.ts, and setup.js where `npm run up` has
 * something to do on this computer first. Nothing else knows a kind's name.
 */
const kinds = { local, aws, ssh };

type Kinds = typeof kinds;

/** A kind of machine, as `machine` in a stack's configuration has it. */
export type KindName = keyof Kinds;

/** What a kind of machine has to tell. `Keys`: its keys of a stack's configuration. */
export interface Kind<Keys extends z.ZodRawShape> {
  /** What its keys may hold. One that is named like the kind may be there for a machine of another kind too. */
  keys: Keys;
  /** What a schema can't say, none when everything is fine. */
  problems(args: ArgsOf<Keys>, daemon: DaemonArgs): Problem[];
  /** Makes the machine. Its code is loaded here, so that no other kind's stacks need it. */
  make(name: string, args: ArgsOf<Keys> & DaemonOptions, opts: pulumi.ComponentResourceOptions): Machine;
  /** What counts instead of the keys of another kind that say from where a machine can be reached. */
  reach?: string;
}

/** What a stack says of the daemon, which the one of a host that exists may contradict. */
export interface DaemonOptions {
  daemon?: DaemonArgs;
  daemonExtra?: Record<string, unknown>;
  /** Who may use it; some come by the host's sshd. */
  clients?: { sshKey?: string }[];
}

type ArgsOf<Keys extends z.ZodRawShape> = z.input<z.ZodObject<Keys>>;

type KeysOfAll = Kinds["local"]["keys"] & Kinds["aws"]["keys"] & Kinds["ssh"]["keys"];

const names = Object.keys(kinds) as KindName[];

/** What is allowed in {@link MachineArgs}, key by key. */
export const machineSchemas = {
  /**
   * The kind of machine: `local`, a virtual machine on this computer; `aws`, an EC2 instance; or `ssh`, a host that
   * exists already.
   * @default "local"
   */
  machine: z
    .enum(names, `a kind of machine; write ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`)
    .optional(),
  ...(Object.assign({}, ...names.map((name) => kinds[name].keys)) as KeysOfAll),
};

/** Which machine the daemon runs on, and from where it can be reached. */
export type MachineArgs = ArgsOf<typeof machineSchemas>;

/** What of the arguments doesn't fit the kind of machine, none when they are fine. */
export function machineProblems(args: MachineArgs, daemon: DaemonArgs = {}): Problem[] {
  const name = nameOf(args);
  return [...foreignKeys(name, args), ...kindOf(name).problems(args, daemon)];
}

/** The machine that the arguments ask for. */
export function newMachine(
  name: string,
  args: MachineArgs & DaemonOptions,
  opts: pulumi.ComponentResourceOptions,
): Machine {
  return kindOf(nameOf(args)).make(name, args, opts);
}

function nameOf({ machine }: MachineArgs): KindName {
  return machine ?? (defaultKind as KindName);
}

/** Each kind reads its own keys alone. */
function kindOf(name: KindName): Kind<KeysOfAll> {
  return kinds[name] as unknown as Kind<KeysOfAll>;
}

function foreignKeys(own: KindName, args: MachineArgs): Problem[] {
  const { keys, reach } = kindOf(own);
  return names
    .filter((name) => name !== own)
    .flatMap((name) => Object.keys(kinds[name].keys).map((key) => ({ name, key })))
    .filter(({ name, key }) => key !== name && !(key in keys) && args[key as keyof MachineArgs] !== undefined)
    .map(({ name, key }) => ({
      propertyPath: key,
      reason: `is for a machine of the kind ${name}, and this one is ${own}; remove it${reach === undefined ? "" : `: ${reach}`}`,
    }));
}
