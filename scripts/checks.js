"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { engineEnvironment } = require("./backend");
const { installNodeModules } = require("./nodeModules");
const { installForMachine, installPackages } = require("./packages/install");
const list = require("./packages/list");
const { attach, capture, tail } = require("./processes");
const { node, own, root } = require("./project");
const { SetupError, duration, say, step } = require("./report");

/** All tests: the fast ones side by side, then those with a machine one after the other. */
async function test(args) {
  const began = Date.now();
  await installNodeModules();
  await prepareMachine();
  const unit = await jest("unit", args);
  const e2e = await jest("e2e", ["--runInBand", ...args]);
  const sum = (key) => (unit.result?.[key] ?? 0) + (e2e.result?.[key] ?? 0);
  say(`\nAll tests took ${duration(Date.now() - began)}:`);
  say(`${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed`);
  return unit.code || e2e.code;
}

/** The fast ones: without those that run whole engines. */
async function unitTests(args) {
  await installNodeModules();
  await installPackages(list.unitTests);
  await installMoto();
  return (await jest("unit", ["--testPathIgnorePatterns=/test/(contract|api)/", ...args])).code;
}

async function endToEndTests(args) {
  await installNodeModules();
  await prepareMachine();
  return (await jest("e2e", ["--runInBand", ...args])).code;
}

/** What the tests' machines need. Images are built here, where the progress can be seen. */
async function prepareMachine() {
  await installForMachine([...list.unitTests, ...list.machineTests]);
  await installMoto();
  const script = path.join("components", "machine", "local", "image.sh");
  await makeOnce("Building the machine's image from Debian packages, once", script, "build");
  const recipe = path.join(emulation, "image", "recipe.sh");
  await makeOnce("Building the EC2 emulation's image from Debian packages, once", script, "build", recipe);
}

const emulation = path.join("test", "support", "ec2");

/** The EC2 emulation's API. */
async function installMoto() {
  const script = path.join(emulation, "moto.sh");
  await makeOnce("Installing moto, for the tests of the machine on AWS, once", script, "install");
}

/** Runs a script that makes what its `path` names, unless that is there. */
async function makeOnce(title, script, action, ...args) {
  const { stdout } = await capture("bash", [script, "path", ...args]);
  if (fs.existsSync(stdout.trim())) return;
  await step(title, async () => {
    const { code, output } = await capture("bash", [script, action, ...args]);
    if (code !== 0) throw new SetupError(`${title}: this failed.\n${tail(output)}`);
  });
}

/** Needs a machine, as the end-to-end tests do. */
async function bench(args) {
  await installNodeModules();
  await prepareMachine();
  return attach(node, ["bench/run.js", ...args], { env: ownNode() });
}

async function jest(project, args) {
  const file = path.join(own, `jest-${project}.json`);
  fs.rmSync(file, { force: true });
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  const program = [
    "node_modules/jest/bin/jest.js",
    "--selectProjects",
    project,
    "--json",
    "--forceExit", // a test that failed may leave something open; the run must end all the same
    `--outputFile=${file}`,
  ];
  const code = await attach(node, [...program, ...args], { env: ownNode() });
  const result = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : undefined;
  return { code, result };
}

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

function ownNode() {
  return { ...process.env, PATH: engineEnvironment().PATH };
}

module.exports = { test, unitTests, endToEndTests, bench, typecheck, lint };
