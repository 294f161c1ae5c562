import { readFileSync } from "node:fs";

import { Command } from "commander";

import { UserError } from "../errors.ts";
import { checkVersion, readResource, writeResource } from "../state/checkpoint.ts";
import { writeAtomically } from "../state/files.ts";
import type { Deployment, ResourceRecord } from "../state/file.ts";
import { ValueCodec, encodeInTheClear } from "../state/values.ts";
import { locked } from "./lock.ts";
import { stackOption } from "./options.ts";
import { Keys, openStack, readState, stateKey, stateSalt } from "./session.ts";

/** The file that `stack export` writes: apitype.UntypedDeployment. */
interface Exported {
  version: number;
  features?: string[];
  deployment: Deployment;
}

export function exportCommand(): Command {
  return stackOption(new Command("export"))
    .description("Write a stack's state to standard output or a file")
    .option("--file <path>", "file to write")
    .option("--show-secrets", "with secrets in the clear", false)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string; file?: string; showSecrets: boolean }>();
      const session = openStack(options.stack);
      const checkpoint = await readState(session);
      const latest = checkpoint.checkpoint.latest ?? {
        manifest: { time: "0001-01-01T00:00:00Z", magic: "", version: "" },
      };
      const salt = stateSalt(checkpoint);
      const deployment = options.showSecrets && salt ? await inTheClear(latest, salt) : latest;
      const text = `${JSON.stringify({ version: checkpoint.version, deployment } satisfies Exported, undefined, 4)}\n`;
      if (options.file) await writeAtomically(options.file, text);
      else process.stdout.write(text);
    });
}

async function inTheClear(latest: Deployment, salt: string): Promise<Deployment> {
  const codec = new ValueCodec(await new Keys().open(salt));
  const open = (record: ResourceRecord): ResourceRecord => {
    const { inputs, outputs, ...rest } = readResource(record, codec);
    return {
      ...rest,
      ...(record.inputs && { inputs: encodeInTheClear(inputs) as never }),
      ...(record.outputs && { outputs: encodeInTheClear(outputs) as never }),
    };
  };
  return {
    ...latest,
    resources: latest.resources?.map(open),
    pending_operations: latest.pending_operations?.map(({ resource, type }) => ({
      resource: open(resource),
      type,
    })),
  };
}

export function importCommand(): Command {
  return stackOption(new Command("import"))
    .description("Replace a stack's state by one that was exported")
    .option("--file <path>", "file to read; default: standard input")
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string; file?: string }>();
      const session = openStack(options.stack);
      const { backend, stack } = session;
      const source = options.file ?? "standard input";
      const exported = parse(readFileSync(options.file ?? 0, "utf8"), source);
      checkVersion(exported, source);
      const foreign = exported.deployment.resources?.find(
        ({ urn }) => !urn.startsWith(`urn:pulumi:${stack}::`),
      );
      if (foreign) throw new UserError(`${source}: ${foreign.urn} is of another stack than ${stack}`);
      await locked(session, async () => {
        const checkpoint = await readState(session);
        const keys = new Keys();
        const own = await stateKey(session, keys, checkpoint);
        const theirs = exported.deployment.secrets_providers?.state?.salt;
        const read = new ValueCodec(theirs ? await keys.open(theirs) : own);
        const write = new ValueCodec(own);
        const sealed = (record: ResourceRecord): ResourceRecord =>
          writeResource(readResource(record, read), write);
        checkpoint.checkpoint.latest = {
          ...exported.deployment,
          secrets_providers: { type: "passphrase", state: { salt: own.salt } },
          resources: exported.deployment.resources?.map(sealed),
          pending_operations: exported.deployment.pending_operations?.map(({ resource, type }) => ({
            resource: sealed(resource),
            type,
          })),
        };
        await backend.write(stack, checkpoint);
      });
      process.stdout.write("Import complete.\n");
    });
}

function parse(text: string, source: string): Exported {
  try {
    const exported = JSON.parse(text) as Exported;
    if (exported.deployment?.manifest) return exported;
  } catch {
    // falls through: the message is the same
  }
  throw new UserError(`${source}: not an exported state; use what \`stack export\` writes`);
}
