"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { findCommand, isExecutable, own, readIfThere, userPath } = require("./project");
const { say } = require("./report");

const bin = path.join(own, "bin");
const docker = path.join(bin, "docker");
const buildx = path.join(bin, "cli-plugins", "docker-buildx");

/**
 * Gives a computer without a docker client one that its kind of machine has brought, if it has.
 * buildx is found by docker in the user's own plugin folder only, so a link goes there unless one is there already.
 */
function provideDockerClient({ dockerClients }) {
  if (userDocker() !== undefined) return;
  const source = newest(dockerClients?.() ?? []);
  if (source === undefined) {
    say("There is no docker client on this computer: install one to use the daemon (Debian 13: docker-cli)");
    return;
  }
  if (!isExecutable(docker)) {
    fs.mkdirSync(path.dirname(buildx), { recursive: true });
    copyAtomically(path.join(source, "cli-plugins", "docker-buildx"), buildx);
    copyAtomically(path.join(source, "docker"), docker);
    say(`There is no docker client on this computer: put one into ${path.relative(path.dirname(own), bin)}`);
  }
  const link = pluginLink();
  if (fs.lstatSync(link, { throwIfNoEntry: false }) === undefined) {
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(buildx, link);
    say(`Its plugin buildx is linked from ${link}; npm run destroy takes the link away`);
  }
}

/** Takes the link to buildx away again where it is ours, and the folder when nothing else is in it. */
function withdrawDockerClient() {
  const link = pluginLink();
  const there = fs.lstatSync(link, { throwIfNoEntry: false });
  if (!there?.isSymbolicLink() || fs.readlinkSync(link) !== buildx) return;
  fs.unlinkSync(link);
  const folder = path.dirname(link);
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

/** The folder that must be on PATH for `docker` to be found, or undefined where the computer has its own. */
function dockerClientFolder() {
  return userDocker() === undefined && isExecutable(docker) ? bin : undefined;
}

/** Whether docker has contexts that may be a stack's (cli/context.ts): asking for them takes an engine's start. */
function hasContexts(stack) {
  const meta = path.join(dockerConfiguration(), "contexts", "meta");
  const folders = fs.existsSync(meta) ? fs.readdirSync(meta) : [];
  return folders.some((folder) =>
    (readIfThere(path.join(meta, folder, "meta.json")) ?? "").includes(`"remote-${stack}-`),
  );
}

function userDocker() {
  return findCommand(
    "docker",
    userPath().filter((folder) => folder !== bin),
  );
}

function newest(clients) {
  const age = (folder) => fs.statSync(path.join(folder, "docker")).mtimeMs;
  return clients
    .filter((folder) => isExecutable(path.join(folder, "docker")))
    .sort((a, b) => age(b) - age(a))[0];
}

function copyAtomically(from, to) {
  fs.copyFileSync(from, `${to}.new`);
  fs.chmodSync(`${to}.new`, 0o755);
  fs.renameSync(`${to}.new`, to);
}

function pluginLink() {
  return path.join(dockerConfiguration(), "cli-plugins", "docker-buildx");
}

function dockerConfiguration() {
  return process.env.DOCKER_CONFIG || path.join(os.homedir(), ".docker");
}

module.exports = { provideDockerClient, withdrawDockerClient, dockerClientFolder, hasContexts };
