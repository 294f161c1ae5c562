"use strict";

const fs = require("node:fs");
const { attach } = require("../processes");
const { say } = require("../report");

/** How long Jest may take to end once its result is written, in milliseconds. */
const patience = 30_000;

/**
 * Runs Jest, and gives its exit code. A test that leaves something open would keep Jest from ending: that is a failure,
 * and Jest is ended.
 *
 * @param result the file that Jest writes at the end
 */
async function attachUntilDone(command, args, result, env) {
  const stop = new AbortController();
  let late = false;
  const watch = setInterval(() => {
    const written = fs.statSync(result, { throwIfNoEntry: false })?.mtimeMs;
    if (written === undefined || Date.now() - written < patience) return;
    late = true;
    stop.abort();
  }, 1000);
  const code = await attach(command, args, { env, signal: stop.signal });
  clearInterval(watch);
  if (!late) return code;
  say("Jest didn't end by itself: a test has left something open. --detectOpenHandles shows what.");
  return code || 1;
}

module.exports = { attachUntilDone };
