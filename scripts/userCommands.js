"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./project");

/** The commands of cli/, each a file there. */
const userCommands = fs
  .readdirSync(path.join(root, "cli"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => path.basename(name, ".ts"));

module.exports = { userCommands };
