import type { Command } from "commander";
import { auditLine } from "../audit/options.ts";
import { bundleLine } from "../bundle/arguments.ts";
import { completionLine } from "./arguments.ts";
import { contextLine } from "../context/arguments.ts";
import { doctorLine } from "../doctor/arguments.ts";
import { envLine } from "../env/arguments.ts";
import { forwardLine } from "../forward/arguments.ts";
import { logsLine } from "../logs/arguments.ts";
import { scpLine } from "../scp/arguments.ts";
import { powerLine } from "../shared/power.ts";
import { sshLine } from "../ssh/arguments.ts";
import { statusLine } from "../status/arguments.ts";

/** The one table of the commands in this folder: what each takes. */
export const commandLines: Record<string, () => Command> = {
  env: envLine,
  context: contextLine,
  status: statusLine,
  doctor: doctorLine,
  forward: forwardLine,
  logs: logsLine,
  ssh: sshLine,
  start: () => powerLine("start"),
  stop: () => powerLine("stop"),
  scp: scpLine,
  audit: auditLine,
  bundle: bundleLine,
  completion: completionLine,
};
