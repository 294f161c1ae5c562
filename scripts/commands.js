"use strict";

const path = require("node:path");
const { engineEnvironment, hasResources, prepareBackend } = require("./backend");
const checks = require("./checks");
const {
  dockerClientFolder,
  hasContexts,
  provideDockerClient,
  withdrawDockerClient,
} = require("./dockerClient");
const { chooseEngine, engineCommand, isUndecided, runEngine } = require("./engine/engine");
const { installNodeModules } = require("./nodeModules");
const { installForMachine } = require("./packages/install");
const list = require("./packages/list");
const { attach } = require("./processes");
const { findCommand, node, root } = require("./project");
const { duration, say } = require("./report");
const { ensureStack, nameOf, setupForStack, stackOf } = require("./stack");
const tests = require("./tests/commands");
const { bench } = require("./tests/setup");
const { userCommands } = require("./userCommands");

/** All that an engine needs before it can run; packages and stack only where the command is about a machine. */
async function setUp(stack, { machine, make }) {
  const began = Date.now();
  await installNodeModules();
  const kind = setupForStack(stack);
  // The CLI would download the plugin of each provider in node_modules.
  if (!kind.downloadsPlugins) process.env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION ??= "true";
  const downloader = isUndecided() && !findCommand("pulumi") && !findCommand("wget") ? [list.curl] : [];
  if (machine) await installForMachine(kind, downloader);
  prepareBackend(nameOf(stack));
  const choice = await chooseEngine();
  if (make) await ensureStack(choice, stack);
  if (Date.now() - began > 2000) say(`Set-up took ${duration(Date.now() - began)}`);
  return choice;
}

async function setup(args) {
  await setUp(stackOf(args), { machine: true, make: true });
  say("Set-up is done. Bring the stack up with: npm run up");
  return 0;
}

async function up(args) {
  const began = Date.now();
  const stack = stackOf(args);
  const choice = await setUp(stack, { machine: true, make: true });
  const code = await runEngine(choice, ["up", "--yes", "--skip-preview", ...forStack(args, stack)]);
  if (code !== 0) return code;
  provideDockerClient(setupForStack(stack));
  await refreshContexts(choice, stack);
  const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
  say(
    `\nUp after ${duration(Date.now() - began)}. Use it in this shell: eval "$(npm run -s env${option})" && docker version`,
  );
  return 0;
}

async function preview(args) {
  const stack = stackOf(args);
  const choice = await setUp(stack, { machine: true, make: true });
  return runEngine(choice, ["preview", ...forStack(args, stack)]);
}

async function destroy(args) {
  const stack = stackOf(args);
  const choice = await setUp(stack, { machine: false, make: true });
  const code = await runEngine(choice, ["destroy", "--yes", "--skip-preview", ...forStack(args, stack)]);
  // Another stack of this checkout may still be used with it.
  if (code === 0 && !hasResources()) withdrawDockerClient();
  return code;
}

async function pulumi(args) {
  const machine = ["up", "update", "preview", "refresh", "watch"].includes(args[0]);
  const choice = await setUp(stackOf(args), { machine, make: machine });
  return runEngine(choice, args);
}

/** One of the user's commands in cli/: it finds engine and docker client in its environment. */
async function cli(name, args) {
  return runCli(await setUp(stackOf(args), { machine: false, make: false }), name, args);
}

function runCli(choice, name, args) {
  const env = {
    ...engineEnvironment(),
    REMOTE_DOCKER_PULUMI: JSON.stringify(engineCommand(choice)),
    REMOTE_DOCKER_CLIENT_FOLDER: dockerClientFolder() ?? "",
  };
  return attach(node, [path.join(root, "cli", `${name}.ts`), ...args], { env });
}

/** After a renewal the stack's docker contexts have copies of former certificates. Their fault is no fault of `up`. */
async function refreshContexts(choice, stack) {
  if (!hasContexts(nameOf(stack))) return;
  const code = await runCli(choice, "context", ["--refresh", "--stack", stack]);
  if (code !== 0) say("The docker contexts weren't brought up to date: see above, then run npm run context");
}

function forStack(args, stack) {
  return args.some((argument) => /^(--stack(=|$)|-s$)/.test(argument)) ? args : ["--stack", stack, ...args];
}

module.exports = {
  setup,
  up,
  preview,
  destroy,
  pulumi,
  ...Object.fromEntries(userCommands.map((name) => [name, (args) => cli(name, args)])),
  test: tests.test,
  "test:unit": tests.unitTests,
  "test:e2e": tests.endToEndTests,
  "test:faults": tests.faultTests,
  bench,
  typecheck: checks.typecheck,
  lint: checks.lint,
};
