import { type Command, Option } from "commander";
import { clientOf, commandLine, stackOption } from "../shared/commandLine.ts";
import { UserError } from "../shared/userError.ts";

/** How a bundle is handed over; recipients and paths as they were given. */
export type Form =
  | { kind: "folder"; folder?: string }
  | { kind: "age"; recipients: string[]; file?: string }
  | { kind: "passphrase"; file?: string }
  | { kind: "ci" }
  | { kind: "instructions" };

/** What `npm run bundle` was asked for. */
export interface BundleArguments {
  client: string | undefined;
  stack: string;
  form: Form;
}

interface Options {
  stack: string;
  out?: string;
  age?: string[];
  passphrase?: true;
  ci?: true;
  instructions?: true;
}

/**
 * Reads the command line; ends the process after `--help`, and with a message when options don't go together.
 *
 * @throws UserError when npm's own lines would be mixed with the value for a CI secret
 */
export function readArguments(argv: string[]): BundleArguments {
  const program = bundleLine().parse(argv);
  const options = program.opts<Options>();
  if (options.ci) refuseBanner();
  return { client: clientOf(program), stack: options.stack, form: formOf(options) };
}

export function bundleLine(): Command {
  return commandLine(
    "bundle",
    "Hands a client's bundle over: as a folder, encrypted for a person, or for a CI secret.",
    [
      ["alice", "on this computer"],
      ["alice --age age1…", "encrypted for a person with an age key"],
      ["ci --ci", "npm run -s bundle -- ci --ci | gh secret set REMOTE_DOCKER_BUNDLE"],
    ],
  )
    .argument("[client]", "whose bundle")
    .option("--client <name>", "the same")
    .addOption(stackOption())
    .option(
      "--out <path>",
      "the folder to write (default: ~/.docker/remote/STACK/CLIENT), or the encrypted file (default: CLIENT.tar.age)",
    )
    .addOption(
      new Option("--age <recipient>", "encrypt for an age public key, or a file of them; can be repeated")
        .argParser((value: string, before: string[] = []) => [...before, value])
        .conflicts(["passphrase", "ci", "instructions"]),
    )
    .addOption(
      new Option(
        "--passphrase",
        "encrypt with a passphrase: asked for, or a line of standard input",
      ).conflicts(["ci", "instructions"]),
    )
    .addOption(
      new Option("--ci", "print the bundle as one value for a CI secret").conflicts(["out", "instructions"]),
    )
    .addOption(
      new Option("--instructions", "print the client's instructions alone, which are no secret").conflicts(
        "out",
      ),
    );
}

function formOf({ out, age, passphrase, ci, instructions }: Options): Form {
  if (age) return { kind: "age", recipients: age, file: out };
  if (passphrase) return { kind: "passphrase", file: out };
  if (ci) return { kind: "ci" };
  if (instructions) return { kind: "instructions" };
  return { kind: "folder", folder: out };
}

function refuseBanner(): void {
  const { npm_lifecycle_event: script, npm_config_loglevel: level } = process.env;
  if (script !== "bundle" || level === "silent" || process.stdout.isTTY) return;
  throw new UserError(
    "npm prints lines of its own before the value, and they would be in the secret: npm run -s bundle -- … --ci",
  );
}
