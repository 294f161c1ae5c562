// What QEMU does beside the machine itself: the user's network with one forwarded port, and the power button.
//   node control.js NSPAWN "ADDRESS:PORT[=GUEST_PORT] ..." [SOCKET]
// NSPAWN: process id of systemd-nspawn; SOCKET: takes QMP's system_powerdown (QEMU's docs/interop/qmp-spec).
//   environment: CONTAINER_HARDWARE  a module with more of what a machine has: ../ec2/container/hardware.js; none if empty
const { spawn } = require("node:child_process");
const { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");
const { setTimeout: delay } = require("node:timers/promises");

/** SIGRTMIN+4: systemd's "power off". */
const powerOff = 38;

const [nspawn, forward, qmp] = process.argv.slice(2);
const hardware = process.env.CONTAINER_HARDWARE ? require(process.env.CONTAINER_HARDWARE) : undefined;
const children = hardware?.children ?? [];

process.on("SIGTERM", () => {
  for (const child of children) child.kill();
  process.exit(0);
});

main().catch((error) => {
  console.error(`the machine's network: ${error.message}`);
  process.kill(Number(nspawn), "SIGKILL");
  process.exit(1);
});

async function main() {
  const leader = await leaderOf(nspawn);
  await hardware?.begin(leader);
  if (qmp) await commands(qmp, leader);
  const api = path.join(mkdtempSync("/run/network-"), "api");
  await network(leader, api);
  for (const one of forward.split(" ")) {
    const [, address, port, guestPort = "2376"] = /^(.*):(\d+)(?:=(\d+))?$/.exec(one);
    const rule = {
      proto: "tcp",
      host_addr: address,
      host_port: Number(port),
      guest_addr: "10.0.2.15",
      guest_port: Number(guestPort),
    };
    const answer = await ask(api, { execute: "add_hostfwd", arguments: rule });
    if (answer.error) throw new Error(`${one}: ${answer.error.desc}`);
  }
  hardware?.ready();
}

/** The machine's first process, once it is in its own namespaces and has become systemd. */
async function leaderOf(pid) {
  const outer = readlinkSync("/proc/self/ns/net");
  for (;;) {
    for (const leader of childrenOf(pid)) {
      if (isInside(leader, outer)) return leader;
    }
    await delay(10);
  }
}

function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "))
    .filter((child) => child !== "");
}

function isInside(pid, outer) {
  try {
    const program = path.basename(readlinkSync(`/proc/${pid}/exe`));
    return program === "systemd" && readlinkSync(`/proc/${pid}/ns/net`) !== outer;
  } catch {
    return false;
  }
}

/** QEMU's addresses: 10.0.2.2 is the gateway, 10.0.2.3 the name server. */
function network(leader, api) {
  const options = ["--mtu=65520", "--disable-host-loopback", "--ready-fd=3", `--api-socket=${api}`];
  const namespaces = [`--userns-path=/proc/${leader}/ns/user`, "--netns-type=path", `/proc/${leader}/ns/net`];
  const child = spawn("slirp4netns", [...options, ...namespaces, hardware?.networkDevice ?? "tap0"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  children.push(child);
  let complaints = "";
  child.stderr.on("data", (data) => (complaints += data));
  return new Promise((resolve, reject) => {
    child.stdio[3].once("data", () => resolve());
    child.once("close", () => reject(new Error(`slirp4netns ended: ${complaints}`)));
  });
}

function ask(socketPath, question) {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = net.connect(socketPath, () => socket.end(JSON.stringify(question)));
    socket.on("data", (data) => (text += data));
    socket.on("end", () => resolve(JSON.parse(text)));
    socket.on("error", reject);
  });
}

function commands(socketPath, leader) {
  const server = net.createServer((socket) => {
    const send = (message) => socket.write(`${JSON.stringify(message)}\n`);
    send({ QMP: { version: {}, capabilities: [] } });
    readline.createInterface({ input: socket }).on("line", (line) => {
      const { execute, arguments: args } = JSON.parse(line);
      carryOut(execute, args, leader).then(
        () => send({ return: {} }),
        (error) => send({ error: { desc: error.message } }),
      );
    });
    socket.on("error", () => undefined);
  });
  // Of the boot before.
  rmSync(socketPath, { force: true });
  return new Promise((resolve, reject) => server.once("error", reject).listen(socketPath, resolve));
}

async function carryOut(command, args, leader) {
  if (command === "system_powerdown") process.kill(Number(leader), powerOff);
  else if (command !== "qmp_capabilities") await hardware?.execute(command, args);
}
