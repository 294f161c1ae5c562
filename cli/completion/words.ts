import { createRequire } from "node:module";
import type { Command } from "commander";
import { commandLines } from "./commandLines.ts";

/** What may stand behind a command's name. */
export interface Words {
  options: string[];
  /** Words for its arguments, e.g. the logs that there are. */
  choices: string[];
  /** Whether a client's name may be an argument. */
  takesClient: boolean;
}

/** Of every command, by its name: those in cli/, and those of set-up (scripts/help.js). */
export function allWords(): Record<string, Words> {
  const { helps } = createRequire(import.meta.url)("../../scripts/help.js") as {
    helps: Record<string, { options: string[] }>;
  };
  const ofSetup = Object.entries(helps).map(([name, { options }]): [string, Words] => [
    name,
    { options: [...options, "--help"], choices: [], takesClient: false },
  ]);
  const own = Object.entries(commandLines).map(([name, line]): [string, Words] => [name, wordsOf(line())]);
  return Object.fromEntries([...ofSetup, ...own]);
}

function wordsOf(line: Command): Words {
  const shown = line.options.filter(({ hidden }) => !hidden);
  return {
    options: [...shown.map(({ long }) => long).filter((long) => typeof long === "string"), "--help"],
    choices: line.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    takesClient: line.registeredArguments.some((argument) => argument.name() === "client"),
  };
}
