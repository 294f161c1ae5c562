"use strict";

const { SetupError } = require("../report");

const choices = ["official", "offline", "auto"];
const variable = "REMOTE_DOCKER_ENGINE";

/**
 * Which engine runs the program: `{ engine: "official", cli }` or `{ engine: "offline" }`, with `reason` in words.
 *
 * A choice by hand (`wanted`) counts; else what was decided before (`remembered`), so that a stack never changes its
 * engine by itself; else the official CLI where `findOfficial` finds one that can be used, else the offline engine.
 *
 * `findOfficial` gives `{ cli }`, or `{ problem }` in words.
 */
async function resolveEngine({ wanted = "auto", remembered, backendUrl, findOfficial }) {
  if (!choices.includes(wanted)) {
    throw new SetupError(
      `${variable}: "${wanted}" is not an engine; set it to ${choices.join(", ")}, or leave it out`,
    );
  }
  const fileBackend = backendUrl === undefined || backendUrl.startsWith("file://");
  const asked = wanted === "auto" ? remembered?.engine : wanted;

  if (asked === "offline") {
    if (!fileBackend) throw new SetupError(needsOfficial(backendUrl));
    return { engine: "offline", reason: wanted === "auto" ? remembered.reason : `${variable} says so` };
  }
  const { cli, problem } = await findOfficial(remembered?.cli);
  if (cli !== undefined) {
    return {
      engine: "official",
      cli,
      reason: wanted === "official" ? `${variable} says so` : "it can be used here",
    };
  }
  if (wanted === "official")
    throw new SetupError(`${variable} asks for the official Pulumi CLI, but ${problem}`);
  if (asked === "official") {
    throw new SetupError(
      `This checkout's stacks are run by the official Pulumi CLI, but ${problem}\n` +
        `Install it again, or change to the offline engine, which reads the same state: ${variable}=offline npm run up`,
    );
  }
  if (!fileBackend) throw new SetupError(`${needsOfficial(backendUrl)}, but ${problem}`);
  return { engine: "offline", reason: problem };
}

function needsOfficial(backendUrl) {
  const kind = backendUrl.split("://")[0];
  return `The offline engine keeps state in files only; PULUMI_BACKEND_URL (${kind}://…) needs the official Pulumi CLI`;
}

module.exports = { resolveEngine };
