"use strict";

const os = require("node:os");
const path = require("node:path");
const { capture } = require("../processes");
const { findCommand, isExecutable, node, root, userPath } = require("../project");
const { step } = require("../report");

/** The oldest CLI that was tried with the SDK in package.json. */
const oldest = [3, 260];
const plugins = ["command", "tls"];
const pluginLimit = 180_000;
const downloadLimit = 300_000;

/**
 * An official CLI that can be used, with the provider plugins that the program needs: `{ cli }`, else `{ problem }`.
 * Looks at `remembered`, at PATH, at what the npm package `pulumi` downloaded before; then lets that package download.
 */
async function findOfficial(remembered, env) {
  const version = require(path.join(root, "node_modules", "pulumi", "package.json")).version;
  const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
  const downloaded = path.join(home, "versions", version, "bin", "pulumi");
  const candidates = [remembered, findCommand("pulumi"), downloaded].filter(
    (cli) => cli && isExecutable(cli),
  );
  const problems = [];
  for (const cli of new Set(candidates)) {
    const problem = await problemOf(cli, env);
    if (problem === undefined) return { cli };
    problems.push(`${cli}: ${problem}`);
  }
  if (!candidates.includes(downloaded)) {
    const problem = (await download(version, env)) ?? (await problemOf(downloaded, env));
    if (problem === undefined) return { cli: downloaded };
    problems.push(problem);
  }
  return { problem: problems.join("; ") };
}

async function problemOf(cli, env) {
  const { code, stdout } = await capture(cli, ["version"], { env, timeout: 30_000 });
  if (code !== 0) return "it doesn't run";
  // A CLI built from source may have no version.
  const [, ...numbers] = /v(\d+)\.(\d+)\./.exec(stdout) ?? [];
  const [major, minor] = numbers.map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    return `it is ${stdout.trim()}, and v${oldest.join(".")} is the oldest that works`;
  }
  const folders = [path.dirname(cli), ...userPath(env)];
  if (findCommand("pulumi-language-nodejs", folders) === undefined)
    return "its pulumi-language-nodejs is missing";
  return missingPlugin(cli, env, folders);
}

async function missingPlugin(cli, env, folders) {
  const { code, stdout } = await capture(cli, ["plugin", "ls", "--json"], { env, timeout: 30_000 });
  const present = code === 0 ? JSON.parse(stdout) : [];
  for (const name of plugins) {
    const { version } = require(path.join(root, "node_modules", "@pulumi", name, "package.json"));
    if (present.some((plugin) => plugin.name === name && plugin.version === version)) continue;
    if (findCommand(`pulumi-resource-${name}`, folders) !== undefined) continue;
    const install = ["plugin", "install", "resource", name, version];
    const { code } = await step(
      `Downloading Pulumi's plugin ${name} ${version} (at most ${pluginLimit / 60_000} min)`,
      () => capture(cli, install, { env, timeout: pluginLimit }),
    );
    if (code !== 0) return `its plugin ${name} ${version} can't be downloaded`;
  }
  return undefined;
}

async function download(version, env) {
  const title = `Looking for the official Pulumi CLI ${version} to download (at most ${downloadLimit / 60_000} min)`;
  const { code } = await step(title, () =>
    capture(node, [path.join(__dirname, "download.js")], { env, timeout: downloadLimit }),
  );
  return code === 0 ? undefined : "there is no official Pulumi CLI here, and it can't be downloaded";
}

module.exports = { findOfficial };
