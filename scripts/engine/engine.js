"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { engineEnvironment } = require("../backend");
const { attach } = require("../processes");
const { node, own, readIfThere, root, writeAtomically } = require("../project");
const { say } = require("../report");
const { findOfficial } = require("./official");
const { resolveEngine } = require("./resolve");

const choiceFile = path.join(own, "engine.json");

/** Decides on the engine once and remembers it; afterwards this only reads what was remembered. */
async function chooseEngine() {
  const wanted = process.env.REMOTE_DOCKER_ENGINE || undefined;
  const remembered = JSON.parse(readIfThere(choiceFile) ?? "null") ?? undefined;
  if (isSettled(wanted, remembered)) return remembered;
  const choice = await resolveEngine({
    wanted,
    remembered,
    backendUrl: process.env.PULUMI_BACKEND_URL,
    findOfficial: (cli) => findOfficial(cli, engineEnvironment()),
  });
  if (remembered !== undefined && remembered.engine !== choice.engine) {
    say(`Engine: ${choice.engine} from now on, it was ${remembered.engine} (${choice.reason})`);
  } else {
    say(`Engine: ${choice.engine}${choice.cli ? `, ${choice.cli}` : ""} (${choice.reason})`);
  }
  writeAtomically(choiceFile, `${JSON.stringify(choice, null, 2)}\n`);
  return choice;
}

/** Whether the official CLI will be looked for, and may have to be downloaded. */
function isUndecided() {
  return !fs.existsSync(choiceFile) && process.env.REMOTE_DOCKER_ENGINE !== "offline";
}

function isSettled(wanted, remembered) {
  if (remembered === undefined || !["auto", undefined, remembered.engine].includes(wanted)) return false;
  if (remembered.engine === "official") return fs.existsSync(remembered.cli);
  return process.env.PULUMI_BACKEND_URL?.startsWith("file://") !== false;
}

/** Command and first arguments that behave as `pulumi`. */
function engineCommand(choice) {
  if (choice.engine === "official") return [choice.cli];
  return [node, path.join(root, "engine", "main.ts")];
}

/** Runs the engine as `pulumi <args>` and gives its exit code. */
function runEngine(choice, args) {
  const [command, ...first] = engineCommand(choice);
  return attach(command, [...first, ...args], { env: engineEnvironment() });
}

module.exports = { chooseEngine, engineCommand, isUndecided, runEngine };
