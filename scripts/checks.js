"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { installNodeModules } = require("./nodeModules");
const { installPackages } = require("./packages/install");
const list = require("./packages/list");
const { attach, capture } = require("./processes");
const { node, root } = require("./project");
const { say } = require("./report");

async function typecheck() {
  await installNodeModules();
  let worst = 0;
  for (const project of [".", "engine", "test"]) {
    const code = await attach(node, ["node_modules/typescript/bin/tsc", "--project", project]);
    if (code !== 0) say(`tsc --project ${project}: failed`);
    worst ||= code;
  }
  return worst;
}

async function lint() {
  await installNodeModules();
  await installPackages([list.shellcheck]);
  const { stdout } = await capture("git", [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "*.sh",
    ".ci/run",
    "test/support/container/bin/*",
  ]);
  const shell = stdout.split("\n").filter((file) => file !== "" && fs.existsSync(path.join(root, file)));
  const checks = [
    [node, "node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."],
    [node, "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
    ["shellcheck", ...shell],
  ];
  let worst = 0;
  for (const [command, ...args] of checks) {
    const code = await attach(command, args);
    if (code !== 0) say(`${path.basename(args[0])}: failed`);
    worst ||= code;
  }
  return worst;
}

module.exports = { typecheck, lint };
