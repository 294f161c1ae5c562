// npm run -s completion -- bash | zsh | fish: a script by which a shell completes these commands.
import { type CompletedShell, completionLine } from "./completion/arguments.ts";
import { completionScript } from "./completion/scripts.ts";
import { allWords } from "./completion/words.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const [shell] = completionLine().parse(process.argv).processedArgs as [CompletedShell];
  process.stdout.write(completionScript(shell, allWords()));
});
