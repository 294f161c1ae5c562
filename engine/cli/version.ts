import { Command } from "commander";

import { OFFICIAL_VERSION } from "../state/checkpoint.ts";

export function versionCommand(): Command {
  return new Command("version")
    .description("Show what this is")
    .action(() => void process.stdout.write(`offline engine (behaves as Pulumi v${OFFICIAL_VERSION})\n`));
}
