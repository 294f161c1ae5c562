import { rm } from "node:fs/promises";

import { Command } from "commander";

import { UserError } from "../errors.ts";
import { StackFile } from "../program/stackFile.ts";
import { selectStack, selectedStack, stackName } from "../program/workspace.ts";
import type { FileBackend } from "../state/backend.ts";
import type { Checkpoint } from "../state/file.ts";
import { urnName } from "../state/urn.ts";
import { locked } from "./lock.ts";
import { confirm } from "./prompt.ts";
import { stackOption } from "./options.ts";
import { Keys, noStack, openSession, openStack, readState, stateKey } from "./session.ts";
import { historyCommand } from "./stackHistory.ts";
import { outputCommand } from "./stackOutput.ts";
import { exportCommand, importCommand } from "./stackTransfer.ts";

export function stackCommand(): Command {
  return stackOption(new Command("stack"))
    .description("Manage stacks; alone: show the current one")
    .option("-u, --show-urns", "show each resource's URN")
    .action((_options: object, command: Command) => show(command.optsWithGlobals()))
    .addCommand(initCommand())
    .addCommand(selectCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addCommand(outputCommand())
    .addCommand(historyCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand());
}

async function show(options: { stack?: string; showUrns?: boolean }): Promise<void> {
  const { backend, stack } = openStack(options.stack);
  const latest = (await readState({ backend, stack })).checkpoint.latest;
  const resources = latest?.resources ?? [];
  const rows = resources.map(
    ({ type, urn }) =>
      `    ${type.padEnd(48)}  ${urnName(urn)}${options.showUrns ? `\n        URN: ${urn}` : ""}`,
  );
  process.stdout.write(
    `Current stack is ${stack}:\n    Backend: ${backend.url}\n    Last updated: ${latest?.manifest.time ?? "never"}\n` +
      `Current stack resources (${resources.length}):\n${rows.join("\n")}${rows.length > 0 ? "\n" : ""}`,
  );
}

function initCommand(): Command {
  return stackOption(new Command("init").argument("[name]"))
    .description("Create an empty stack and select it")
    .option("--no-select", "don't select it")
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string; select: boolean }>();
      const { project, backend } = openSession();
      const stack = stackName(name ?? options.stack ?? "", project);
      if (!stack) throw new UserError("missing stack name; write `stack init <name>`");
      const file = new StackFile(project, stack);
      if (backend.exists(stack)) throw new UserError(`stack '${stack}' already exists`);
      const keys = new Keys();
      if (file.salt) await keys.open(file.salt);
      await stateKey({ project, backend, stack, file }, keys, await create(backend, stack));
      if (options.select) await selectStack(project, backend.url, stack);
      process.stdout.write(`Created stack '${stack}'\n`);
    });
}

function create(backend: FileBackend, stack: string): Promise<Checkpoint> {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(stack)) {
    throw new UserError(`${stack} is not a stack name; use up to 100 letters, digits, "-", "_" and "."`);
  }
  return backend.create(stack);
}

function selectCommand(): Command {
  return stackOption(new Command("select").argument("[name]"))
    .description("Select the stack that commands use")
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string }>();
      const { project, backend } = openSession();
      const stack = stackName(name ?? options.stack ?? "", project);
      if (!stack) throw new UserError("missing stack name; write `stack select <name>`");
      if (!backend.exists(stack)) throw noStack(stack);
      await selectStack(project, backend.url, stack);
    });
}

function listCommand(): Command {
  return new Command("ls").description("List the project's stacks").action(async () => {
    const { project, backend } = openSession();
    const current = selectedStack(project, backend.url);
    const names = await backend.names();
    const width = Math.max(4, ...names.map((name) => name.length + 1));
    const row = (name: string, time: string, count: string): void =>
      void process.stdout.write(`${name.padEnd(width)}  ${time.padEnd(24)}  ${count}\n`);
    row("NAME", "LAST UPDATE", "RESOURCE COUNT");
    for (const name of names) {
      const latest = (await readState({ backend, stack: name })).checkpoint.latest;
      const mark = name === current ? "*" : "";
      row(name + mark, latest?.manifest.time ?? "n/a", String(latest?.resources?.length ?? 0));
    }
  });
}

function removeCommand(): Command {
  return stackOption(new Command("rm").argument("[name]"))
    .description("Remove a stack without resources, and its configuration")
    .option("-y, --yes", "don't ask", false)
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<RemoveOptions>();
      await remove(name ?? options.stack, options);
    });
}

interface RemoveOptions {
  stack?: string;
  yes: boolean;
  nonInteractive?: boolean;
}

async function remove(name: string | undefined, options: RemoveOptions): Promise<void> {
  const { project, backend, stack, file } = openStack(name);
  await locked({ backend, stack }, async () => {
    const resources = (await readState({ backend, stack })).checkpoint.latest?.resources ?? [];
    if (resources.length > 0)
      throw new UserError(`'${stack}' still has resources; removal rejected. Run \`destroy\` first`);
    if (!options.yes)
      await confirm(`This will permanently remove the '${stack}' stack!`, options.nonInteractive ?? false);
    await backend.remove(stack);
    await rm(file.file, { force: true });
    if (selectedStack(project, backend.url) === stack) await selectStack(project, backend.url, undefined);
  });
  process.stdout.write(`Stack '${stack}' has been removed!\n`);
}
