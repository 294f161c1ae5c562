"use strict";

const path = require("node:path");
const { capture, tail } = require("./processes");
const { isExecutable, node, readIfThere, root } = require("./project");
const { SetupError, step } = require("./report");

/** Brings node_modules to what the lock file says. */
async function installNodeModules() {
  const wanted = JSON.parse(readIfThere(path.join(root, "package-lock.json")));
  // npm writes this list last, so a run that was killed half way is noticed.
  const installed = JSON.parse(readIfThere(path.join(root, "node_modules", ".package-lock.json")) ?? "{}");
  if (isInstalled(wanted, installed) && isExecutable(node)) return;
  await step("Installing node_modules (npm ci)", async () => {
    await npm("ci", "--ignore-scripts", "--no-audit", "--no-fund");
    // The one install script that is needed: it fetches the Node binary for this computer.
    await npm("rebuild", "node", "--ignore-scripts=false");
  });
}

/**
 * Whether every package of a lock file is in node_modules, by npm's own list of what is installed there. Optional
 * packages are left out: which of them are there depends on the computer.
 */
function isInstalled(wanted, installed) {
  return Object.entries(wanted.packages)
    .filter(([folder, { optional }]) => folder !== "" && !optional)
    .every(([folder, { version }]) => installed.packages?.[folder]?.version === version);
}

async function npm(...args) {
  const ownNpm = /npm-cli\.c?js$/.test(process.env.npm_execpath ?? "");
  const [command, ...first] = ownNpm ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const { code, output } = await capture(command, [...first, ...args, "--loglevel=error"]);
  if (code !== 0) {
    throw new SetupError(
      `npm ${args[0]} failed (exit code ${code}):\n${tail(output)}\n` +
        "It needs npm's package registry: see that `npm ping` works, then run the command again.",
    );
  }
}

module.exports = { installNodeModules, isInstalled };
