"use strict";

const fs = require("node:fs");
const path = require("node:path");

/** The checkout's root: every command runs there, wherever it was started. */
const root = path.dirname(__dirname);

/** What set-up keeps for this checkout: state, passphrase, engine choice, tools. Git-ignored. */
const own = path.join(root, ".remote-docker");

/** Node 24 of node_modules: runs the engine, the commands and the tests. */
const node = path.join(root, "node_modules", ".bin", "node");

/** Folders of PATH without those that npm adds while it runs a script. */
function userPath(environment = process.env) {
  const added = /[\\/]node_modules[\\/]\.bin$|[\\/]node-gyp-bin$/;
  return (environment.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => folder !== "" && !added.test(folder));
}

/** The file that a command's name stands for on the user's PATH, or undefined. */
function findCommand(name, folders = userPath()) {
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Writes a file so that it is there completely or not at all, even when killed half way. */
function writeAtomically(file, text, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}.new`;
  fs.writeFileSync(beside, text, { mode });
  fs.renameSync(beside, file);
}

/** A file's text, or undefined where there is none. */
function readIfThere(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

module.exports = { root, own, node, userPath, findCommand, isExecutable, writeAtomically, readIfThere };
