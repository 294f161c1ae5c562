"use strict";

// Started by official.js as a process of its own, which can be ended: downloads the CLI as the npm package `pulumi` does
// on its first use, but doesn't wait long for a network that swallows packets.
const { installCLI } = require("pulumi/lib/download");
const { resolve } = require("pulumi/lib/resolve");

const answerLimit = 10_000;

async function fetchText(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(answerLimit) });
  if (!response.ok) throw new Error(`HTTP ${response.status} fetching ${url}`);
  return response.text();
}

resolve({ install: (version, folder) => installCLI(version, folder, { fetchText }) }).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
