"use strict";

const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { own, readIfThere, root, userPath, writeAtomically } = require("./project");
const { SetupError, say } = require("./report");

const state = path.join(own, "state");
const passphrase = path.join(own, "passphrase");

/**
 * Where the state is and what encrypts its secrets: the user's own choice where the environment makes one, else a local
 * file backend and a generated passphrase.
 */
function prepareBackend(stack) {
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  if (process.env.PULUMI_BACKEND_URL === undefined) fs.mkdirSync(state, { recursive: true, mode: 0o700 });
  if (ownPassphraseNeeded() && !fs.existsSync(passphrase)) {
    forgetEarlierPassphrase(stack);
    writeAtomically(passphrase, `${randomBytes(32).toString("base64url")}\n`, 0o600);
    say(
      `Made a passphrase for the stack's secrets: ${path.relative(root, passphrase)} (keep it with the state)`,
    );
  }
}

/** The environment in which an engine runs: Node 24 first on PATH, and the backend. */
function engineEnvironment() {
  const env = {
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...process.env,
  };
  if (ownPassphraseNeeded()) env.PULUMI_CONFIG_PASSPHRASE_FILE = passphrase;
  env.PATH = [path.join(root, "node_modules", ".bin"), ...userPath()].join(path.delimiter);
  return env;
}

/** Whether the stack is known to the local backend; undefined where the backend is the user's own. */
function stackExists(stack) {
  if (process.env.PULUMI_BACKEND_URL !== undefined) return undefined;
  return fs.existsSync(path.join(state, ".pulumi", "stacks", "remote-docker", `${stack}.json`));
}

/** Whether any stack has something, as far as that is known: of a backend of the user's own it isn't. */
function hasResources(environment = process.env, folder = state) {
  if (environment.PULUMI_BACKEND_URL !== undefined) return true;
  const stacks = path.join(folder, ".pulumi", "stacks", "remote-docker");
  const files = fs.existsSync(stacks) ? fs.readdirSync(stacks).filter((name) => name.endsWith(".json")) : [];
  return files.some((name) => {
    const { checkpoint } = JSON.parse(fs.readFileSync(path.join(stacks, name), "utf8"));
    return (checkpoint?.latest?.resources ?? []).length > 0;
  });
}

function ownPassphraseNeeded() {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  return PULUMI_CONFIG_PASSPHRASE === undefined && PULUMI_CONFIG_PASSPHRASE_FILE === undefined;
}

/** A stack's file holds a salt that fits one passphrase only: useless when that is gone and nothing is encrypted by it. */
function forgetEarlierPassphrase(stack) {
  if (stackExists(stack) !== false) return;
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  const text = readIfThere(file) ?? "";
  if (!/^encryptionsalt:/m.test(text)) return;
  if (/^\s+(- )?secure:/m.test(text)) {
    throw new SetupError(
      `Pulumi.${stack}.yaml holds values encrypted with a passphrase that isn't here: put it into ` +
        `${path.relative(root, passphrase)}, or set PULUMI_CONFIG_PASSPHRASE_FILE; or remove the \`secure:\` values.`,
    );
  }
  fs.writeFileSync(file, text.replace(/^encryptionsalt:.*\n?/m, ""));
  say(
    `Removed the encryptionsalt of an earlier passphrase from Pulumi.${stack}.yaml: nothing was encrypted with it`,
  );
}

module.exports = { prepareBackend, engineEnvironment, stackExists, hasResources };
