import { type Context, plain, type PropertyMap, type Provider } from "../provider.ts";
import { object, string, withoutNulls } from "../shape.ts";
import { localCommand, localFields, type LocalInputs, runLocally } from "./local.ts";
import { remoteCommand } from "./remote.ts";
import { run } from "./resource.ts";

/** Commands on this computer and on others, as the official provider runs them: pulumi/pulumi-command. */
export const commandProvider: Provider = {
  name: "command",
  version: "1.2.1",
  resources: { "command:local:Command": localCommand, "command:remote:Command": remoteCommand },
  invoke,
};

const runShape = object({
  command: { shape: string, required: true },
  ...Object.fromEntries(
    ["interpreter", "dir", "stdin", "logging", "environment", "addPreviousOutputInEnv"].map((name) => [
      name,
      localFields[name],
    ]),
  ),
});

/** `command:local:run` */
async function invoke(token: string, args: PropertyMap, context: Context): Promise<PropertyMap> {
  if (token !== "command:local:run")
    throw new Error(`the function ${token} is not known here; it needs the official Pulumi CLI`);
  const given = withoutNulls(args);
  const [problem] = runShape(given, "");
  if (problem) throw new Error(`${token}: ${problem.property} ${problem.reason}`);
  const inputs = plain(given) as unknown as LocalInputs & { command: string };
  const written = await run(
    runLocally,
    inputs,
    inputs.command,
    { stdout: "", stderr: "" },
    context,
    () => token,
  );
  return { ...given, ...written };
}
