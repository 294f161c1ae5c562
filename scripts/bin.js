#!/usr/bin/env node
"use strict";

// npx remote-docker NAME …: in a checkout the same as npm run NAME. Where the package is installed, the commands of cli/, for
// the stack of the Pulumi project in the current folder; that project's own engine brings the stack up.
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { findCommand, root } = require("./project");
const { SetupError, say } = require("./report");
const { stackOf } = require("./stack");
const { userCommands } = require("./userCommands");

// npm never packs the lock file.
if (fs.existsSync(path.join(root, "package-lock.json"))) require("./run");
else main();

function main() {
  try {
    process.exitCode = run(...process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

function run(name = "--help", ...args) {
  if (["--help", "-h"].includes(name)) {
    process.stdout.write(
      `Usage: npx remote-docker NAME [options], NAME one of: ${userCommands.join(", ")}\n`,
    );
    return 0;
  }
  if (!userCommands.includes(name)) {
    throw new SetupError(
      `"${name}" isn't a command of the installed package; there are: ${userCommands.join(", ")}. ` +
        "Your own project's stack comes up with: pulumi up",
    );
  }
  const [command, ...first] = nodeCommand();
  const pulumi = findCommand("pulumi");
  const engine = pulumi ? [pulumi] : [command, ...first, path.join(root, "engine", "main.ts")];
  const env = {
    ...process.env,
    INIT_CWD: process.cwd(),
    REMOTE_DOCKER_INSTALLED: "1",
    REMOTE_DOCKER_PULUMI: JSON.stringify(engine),
    REMOTE_DOCKER_STACK: selectedStack(args, engine),
  };
  const words = [...first, path.join(root, "cli", `${name}.ts`), ...args];
  // Ctrl-C is for the command; this process only waits.
  process.on("SIGINT", () => {});
  const { status, error } = spawnSync(command, words, { env, stdio: "inherit" });
  if (error) throw error;
  return status ?? 1;
}

/** Node with what it needs to run TypeScript below node_modules. */
function nodeCommand() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 15) || (major === 23 && minor < 5)) {
    throw new SetupError(
      `Node ${process.versions.node} is too old for the installed package: use Node 22.15 or newer`,
    );
  }
  const hooks = path.join(__dirname, "typescript.mjs");
  return [process.execPath, "--disable-warning=ExperimentalWarning", "--import", hooks];
}

/** The one that `pulumi stack select` has chosen; without one the commands say what is missing. */
function selectedStack(args, [command, ...first]) {
  const asked = stackOf(args, { PULUMI_STACK: process.env.PULUMI_STACK || "-" });
  if (asked !== "-" || args.some((one) => /^(-h|--help)$/.test(one))) return "";
  const { status, stdout } = spawnSync(command, [...first, "stack", "--show-name"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
