"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { engineEnvironment } = require("../backend");
const { installNodeModules } = require("../nodeModules");
const { capture } = require("../processes");
const { node, own } = require("../project");
const { SetupError, duration, say } = require("../report");
const { attachUntilDone } = require("./run");
const { prepareFor } = require("./setup");

/** All tests: the fast ones, then those with a machine. */
async function test(args) {
  const began = Date.now();
  await installNodeModules();
  const unit = await filesOf("unit", args);
  const e2e = await filesOf("e2e", args);
  requireSome([...unit, ...e2e], args);
  await prepareFor([...unit, ...e2e]);
  const results = [await jest("unit", unit, args), await jest("e2e", e2e, args)];
  const sum = (key) => results.reduce((total, { result }) => total + (result?.[key] ?? 0), 0);
  say(`\nAll tests took ${duration(Date.now() - began)}:`);
  say(`${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed`);
  return results[0].code || results[1].code;
}

/** The fast ones: without those that run whole engines, unless they are asked for by a pattern. */
function unitTests(args) {
  const ignored = namesFiles(args) ? [] : ["--testPathIgnorePatterns=/test/(contract|api)/"];
  return only("unit", [...ignored, ...args]);
}

function endToEndTests(args) {
  return only("e2e", args);
}

async function only(project, args) {
  await installNodeModules();
  const files = await filesOf(project, args);
  requireSome(files, args);
  await prepareFor(files);
  return (await jest(project, files, args)).code;
}

/** Each step of the host's transaction fails in each way, on all kinds of hosts. `npm test` tries a few of them; all take hours. */
function faultTests(args) {
  process.env.REMOTE_DOCKER_TEST_EVERY_STEP = "1";
  return only("e2e", ["--testPathPatterns=e2e/(everyStep|faults)", ...args]);
}

function namesFiles(args) {
  return args.some((argument) => !argument.startsWith("-") || argument.startsWith("--testPathPattern"));
}

/** Which test files Jest would run: nothing is set up that they don't need. */
async function filesOf(project, args) {
  const { code, stdout, output } = await capture(node, [...program(project), "--listTests", ...args]);
  if (code !== 0 && !output.includes("No tests found")) throw new SetupError(output.trim());
  return stdout.split("\n").filter((line) => path.isAbsolute(line));
}

function requireSome(files, args) {
  if (files.length === 0) throw new SetupError(`No test's path matches: ${args.join(" ")}`);
}

function program(project) {
  return ["node_modules/jest/bin/jest.js", "--selectProjects", project];
}

async function jest(project, files, args) {
  if (files.length === 0) return { code: 0 };
  const file = path.join(own, `jest-${project}.json`);
  fs.rmSync(file, { force: true });
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  const all = [...program(project), "--json", `--outputFile=${file}`, ...args];
  const code = await attachUntilDone(node, all, file, { ...process.env, PATH: engineEnvironment().PATH });
  const result = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : undefined;
  return { code, result };
}

module.exports = { test, unitTests, endToEndTests, faultTests };
