// Places as Pulumi's state has them: they must fit every user who shares the stack.
const os = require("node:os");
const path = require("node:path");

/** Absolute path of what is relative to the home folder, or after `state:` to $XDG_STATE_HOME. */
function locate(given) {
  const home = os.homedir();
  const state = process.env.XDG_STATE_HOME || path.join(home, ".local", "state");
  const prefix = "state:";
  return given.startsWith(prefix) ? path.join(state, given.slice(prefix.length)) : path.join(home, given);
}

module.exports = { locate };
