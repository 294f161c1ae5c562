import type { Provider } from "../provider.ts";
import { localCommand } from "./local.ts";
import { remoteCommand } from "./remote.ts";

/** Commands on this computer and on others, as the official provider runs them: pulumi/pulumi-command. */
export const commandProvider: Provider = {
  name: "command",
  version: "1.2.1",
  resources: { "command:local:Command": localCommand, "command:remote:Command": remoteCommand },
};
