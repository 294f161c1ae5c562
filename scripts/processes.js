"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");
const { root } = require("./project");

/**
 * Runs a command that talks to the user itself, and gives its exit code.
 *
 * Ctrl-C reaches the command directly, as it is in the same process group: here it is only waited for, so that an
 * engine can finish the step at hand and write its state. An aborted `signal` kills it.
 */
function attach(command, args, { env = process.env, signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: "inherit" });
    const passOn = (name) => child.kill(name);
    signal?.addEventListener("abort", () => child.kill("SIGKILL"));
    const stay = () => {};
    process.on("SIGINT", stay);
    process.on("SIGTERM", passOn);
    process.on("SIGHUP", passOn);
    child.on("error", reject);
    child.on("close", (code, cause) => {
      process.off("SIGINT", stay);
      process.off("SIGTERM", passOn);
      process.off("SIGHUP", passOn);
      resolve(code ?? 128 + os.constants.signals[cause]);
    });
  });
}

/**
 * Runs a command quietly: `{ code, output }`, output being stdout and stderr in the order in which they came, `stdout`
 * alone beside it. With `timeout` (milliseconds) the command and all that it started are ended then.
 */
function capture(command, args, { env = process.env, cwd = root, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: timeout !== undefined,
    });
    const all = [];
    const out = [];
    let late = false;
    child.stdout.on("data", (chunk) => (all.push(chunk), out.push(chunk)));
    child.stderr.on("data", (chunk) => all.push(chunk));
    const timer = timeout && setTimeout(() => ((late = true), process.kill(-child.pid, "SIGKILL")), timeout);
    const done = (code, more = "") => {
      clearTimeout(timer);
      resolve({
        code,
        late,
        stdout: Buffer.concat(out).toString(),
        output: Buffer.concat(all).toString() + more,
      });
    };
    child.on("error", (error) => done(127, error.message));
    child.on("close", (code) => done(code ?? 1));
  });
}

/** The last lines of a command's output, indented, for an error message. */
function tail(output, lines = 15) {
  return output
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join("\n");
}

module.exports = { attach, capture, tail };
