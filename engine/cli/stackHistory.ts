import { Command } from "commander";

import { duration } from "../display/screen.ts";
import type { UpdateInfo } from "../state/backend.ts";
import { stackOption } from "./options.ts";
import { openStack } from "./session.ts";

export function historyCommand(): Command {
  return stackOption(new Command("history"))
    .description("Show what updates did that changed something or failed, the last one first")
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string }>();
      const { backend, stack } = openStack(options.stack);
      process.stdout.write((await backend.history(stack)).map(asText).join("\n"));
    });
}

function asText(update: UpdateInfo, index: number, { length }: UpdateInfo[]): string {
  const { create = 0, delete: gone = 0, update: changed = 0, replace = 0 } = update.resourceChanges;
  const took = duration(Math.max(1, update.endTime - update.startTime));
  return (
    `Version: ${length - index}\nUpdateKind: ${update.kind}\nStatus: ${update.result}\n` +
    `+${create}-${gone}~${changed}+-${replace} at ${time(update.startTime)}, took ${took}\n`
  );
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
