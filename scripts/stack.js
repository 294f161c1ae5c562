"use strict";

const path = require("node:path");
const { stackExists } = require("./backend");
const { runEngine } = require("./engine/engine");
const { defaultKind, setupOf } = require("./machineKinds");
const { readIfThere, root } = require("./project");
const { SetupError, say } = require("./report");

/** The stack that a command is for: `--stack NAME`, `--stack=NAME`, `-s NAME`, else PULUMI_STACK, else dev. */
function stackOf(args, environment = process.env) {
  for (const [index, argument] of args.entries()) {
    // Without a value the command itself says what is missing.
    if (["--stack", "-s"].includes(argument) && args[index + 1] !== undefined) return args[index + 1];
    if (argument.startsWith("--stack=")) return argument.slice("--stack=".length);
  }
  return environment.PULUMI_STACK || "dev";
}

/** The stack's own name, which its files have: in `organization/project/name` it is the last part. */
function nameOf(stack) {
  return stack.split("/").at(-1);
}

/** What set-up has to do for the kind of machine in a stack's configuration. */
function setupForStack(stack) {
  const text = readIfThere(path.join(root, `Pulumi.${nameOf(stack)}.yaml`)) ?? "";
  return setupOf(String(require("yaml").parse(text)?.config?.["remote-docker:machine"] ?? defaultKind));
}

/** Makes the stack where the backend doesn't know it yet. `npm run pulumi` stays with dev unless told otherwise. */
async function ensureStack(choice, stack) {
  const exists = stackExists(nameOf(stack));
  if (exists) return;
  if (exists === false) say(`Making the stack ${stack}`);
  const args =
    exists === false
      ? ["stack", "init", stack, ...(stack === "dev" ? [] : ["--no-select"])]
      : ["stack", "select", "--create", stack];
  const code = await runEngine(choice, args);
  if (code !== 0) throw new SetupError(`The stack ${stack} can't be made: see the message above`);
}

module.exports = { stackOf, nameOf, setupForStack, ensureStack };
