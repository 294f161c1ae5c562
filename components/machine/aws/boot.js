"use strict";

// Waits until the front door of a machine that boots shows sshd. A machine that doesn't get so far can only be asked by
// its console, whose end is shown then.
//
// Environment: HOST, PORT, INSTANCE, REGION; BOOT_SECONDS: the time that the machine has, 900
const net = require("node:net");
const { setTimeout: delay } = require("node:timers/promises");

const { HOST, PORT, INSTANCE, REGION, BOOT_SECONDS = "900" } = process.env;
const say = (text) => process.stderr.write(`${text}\n`);

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
  const end = Date.now() + Number(BOOT_SECONDS) * 1000;
  let answer;
  let told = "";
  do {
    answer = await attempt();
    if (answer === "open") return;
    if (answer !== told) say(`waiting for the front door at ${HOST}:${PORT}: ${answer}`);
    told = answer;
    await delay(2000);
  } while (Date.now() < end);
  const hint = /no answer|ETIMEDOUT/.test(answer)
    ? " If its console looks well: is this computer's own address in allowedCidrs, and does an existing subnet lead to the internet?"
    : "";
  say(
    `The machine ${INSTANCE} didn't open its front door at ${HOST}:${PORT} within ${BOOT_SECONDS} s: ${answer}.${hint}`,
  );
  say(await consoleEnd());
  process.exitCode = 1;
}

/** The end of the machine's console, or how to see it. */
async function consoleEnd() {
  const byHand = `aws ec2 get-console-output --region ${REGION} --instance-id ${INSTANCE} --latest --output text`;
  try {
    const { EC2Client, GetConsoleOutputCommand } = require("@aws-sdk/client-ec2");
    const client = new EC2Client({ region: REGION });
    const ask = (Latest) => client.send(new GetConsoleOutputCommand({ InstanceId: INSTANCE, Latest }));
    // Older types of instances have no more than what was kept after the boot.
    const { Output } = await ask(true).catch(() => ask(false));
    if (!Output) return `Its console is still empty; to see it later: ${byHand}`;
    const lines = Buffer.from(Output, "base64").toString().trimEnd().split(/\r?\n/);
    return `The end of its console (all of it: ${byHand}):\n${lines.slice(-40).join("\n")}`;
  } catch (error) {
    return `Its console can't be read (${error.message}); to see it: ${byHand}`;
  }
}

void main();
