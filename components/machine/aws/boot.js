"use strict";

// Waits until the front door of a machine that boots shows sshd. Before that the machine tells what it does, or what has
// failed, by its console alone.
//
// Environment: HOST, PORT, INSTANCE, REGION; BOOT_SECONDS: the time that the machine has, 900; PAUSE_SECONDS: between two
// attempts, 2
const net = require("node:net");
const { setTimeout: delay } = require("node:timers/promises");
const { MachineConsole } = require("./console");

const { HOST, PORT, INSTANCE, REGION, BOOT_SECONDS = "900", PAUSE_SECONDS = "2" } = process.env;
const say = (text) => process.stderr.write(`${text}\n`);

/** Of so many attempts one looks at the console as well: EC2 counts how often it is asked. */
const attemptsPerLook = 5;

/** What a connection comes to: `open`, or why not. */
function attempt() {
  return new Promise((resolve) => {
    const socket = net.connect({ host: HOST, port: Number(PORT) });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(10_000, () => end("no answer"));
    socket.on("error", ({ code, message }) => end(code ?? message));
    socket.on("close", () => end("closed at once"));
    socket.on("connect", () => socket.write("SSH-2.0-remote-docker\r\n"));
    let seen = "";
    socket.setEncoding("latin1").on("data", (text) => {
      seen += text;
      if (/^SSH-2\.0-/m.test(seen)) end("open");
    });
  });
}

async function main() {
  const machine = new MachineConsole(INSTANCE, REGION);
  const end = Date.now() + Number(BOOT_SECONDS) * 1000;
  let told = "";
  for (let attempts = 0; ; attempts++) {
    const answer = await attempt();
    if (answer === "open") return;
    if (answer !== told) say(`waiting for the front door at ${HOST}:${PORT}: ${answer}`);
    told = answer;
    if (attempts % attemptsPerLook === 0) {
      for (const line of await machine.progress()) say(`on the machine: ${line}`);
    }
    const problem = machine.failed ? "its first boot failed" : late(end, answer);
    if (problem !== undefined) {
      say(`The machine ${INSTANCE} didn't open its front door at ${HOST}:${PORT}: ${problem}`);
      say(await machine.end());
      process.exitCode = 1;
      return;
    }
    await delay(Number(PAUSE_SECONDS) * 1000);
  }
}

/** Undefined: there is time left. */
function late(end, answer) {
  if (Date.now() < end) return undefined;
  const hint = /no answer|ETIMEDOUT/.test(answer)
    ? ". If its console looks well: is this computer's own address in allowedCidrs, and does an existing subnet lead to the internet?"
    : "";
  return `${answer} within ${BOOT_SECONDS} s${hint}`;
}

void main();
