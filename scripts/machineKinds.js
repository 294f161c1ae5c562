"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./project");

const folder = path.join(root, "components", "machine");

/** The kind of machine of a stack that names none. */
const defaultKind = JSON.parse(fs.readFileSync(path.join(folder, "defaultKind.json"), "utf8"));

/**
 * What set-up has to do on this computer for a kind of machine, by the kind's setup.js: `packages` (scripts/packages/list.js
 * says how they are written), and, if there is any, `refusal(platform, architecture)`, `downloadsPlugins` and
 * `dockerClients()`. Of a kind that doesn't exist, nothing: the program names those that do.
 */
function setupOf(kind) {
  const file = path.join(folder, kind, "setup.js");
  return /^[a-z]+$/.test(kind) && fs.existsSync(file) ? require(file) : { packages: [] };
}

/** Every kind with a setup.js. */
function allSetups() {
  return fs
    .readdirSync(folder)
    .filter((name) => fs.existsSync(path.join(folder, name, "setup.js")))
    .map(setupOf);
}

module.exports = { defaultKind, setupOf, allSetups };
