import { Argument, type Command } from "commander";
import { commandLine } from "../shared/commandLine.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type CompletedShell = (typeof shells)[number];

export function completionLine(): Command {
  return commandLine("completion", "Prints a script by which a shell completes these commands.", [
    ["bash", 'eval "$(npm run -s completion -- bash)"'],
    ["zsh", 'eval "$(npm run -s completion -- zsh)", after compinit'],
    ["fish", "npm run -s completion -- fish | source"],
  ])
    .addArgument(new Argument("<shell>", "which").choices(shells))
    .addHelpText(
      "after",
      "\nIt completes behind npm run NAME --, npx remote-docker NAME and remote-docker NAME; all else stays npm's own.",
    );
}
