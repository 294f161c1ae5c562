// What an instance of EC2 has besides a machine: its network's device by name and address, the metadata service at
// 169.254.169.254, and volumes, also such as are attached while it runs. For control.js; in the machine's mount namespace,
// outside of its user namespace.
//   environment: CONTAINER_MAC       the network device's address
//                CONTAINER_METADATA  port of 127.0.0.1 at which the metadata service listens
//                CONTAINER_VOLUMES   NAME=FILE of volumes that are there from the start, with a space between them
const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");

const { CONTAINER_MAC, CONTAINER_METADATA, CONTAINER_VOLUMES } = process.env;

const devices = "/run/devices";

/** Outlives a reboot: the volumes' names and files, a line each. */
const list = "/run/volumes";

/** As Nitro's and Xen's first one. */
const networkDevice = "ens5";

const volumes = new Map();
let leader;

/** What runs beside the machine, to be ended with it. */
const children = [];

/** Before the machine has its network. */
async function begin(pid) {
  leader = pid;
  fs.rmSync(path.join(devices, "ready"), { force: true });
  const inside = (...command) => execFileSync("nsenter", [`--net=/proc/${leader}/ns/net`, ...command]);
  inside("ip", "tuntap", "add", networkDevice, "mode", "tap");
  inside("ip", "link", "set", networkDevice, "address", CONTAINER_MAC);
  inside("ip", "address", "add", "169.254.169.254/32", "dev", "lo");
  inside("ip", "link", "set", "lo", "up");
  await metadata();
  await mounts();
  if (!fs.existsSync(list)) fs.writeFileSync(list, CONTAINER_VOLUMES.replaceAll(" ", "\n"));
  for (const line of fs.readFileSync(list, "utf8").split("\n").filter(Boolean)) {
    const [name, file] = line.split("=");
    await plug(name, file);
  }
}

/** The machine has its network. */
function ready() {
  fs.writeFileSync(path.join(devices, "ready"), "");
}

/** A command of QMP's kind. */
async function execute(command, { name, file }) {
  if (command !== "device_add") throw new Error(`${command}: no such command`);
  fs.appendFileSync(list, `\n${name}=${file}`);
  await plug(name, file);
}

/** A socket that listens in the machine's network namespace is handed out of it. */
function metadata() {
  const script = `const server = require("node:net").createServer().listen(80, "169.254.169.254", () =>
    process.send("listening", server, () => process.exit()))`;
  const child = spawn("nsenter", [`--net=/proc/${leader}/ns/net`, process.execPath, "-e", script], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the metadata service's socket: exit code ${code}`)));
    child.once("message", (_, server) => {
      server.on("connection", (client) => {
        const service = net.connect(Number(CONTAINER_METADATA), "127.0.0.1");
        for (const socket of [client, service]) socket.on("error", () => undefined);
        client.once("close", () => service.destroy());
        service.once("close", () => client.destroy());
        client.pipe(service).pipe(client);
      });
      resolve();
    });
  });
}

/** The machine asks here for mounts: mount.volume. */
function mounts() {
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (data) => (body += data));
    request.on("end", () => {
      const asked = new URLSearchParams(body);
      mount(path.basename(asked.get("device") ?? ""), asked.get("folder") ?? "").then(
        () => response.end(),
        (error) => response.writeHead(400).end(`${error.message}\n`),
      );
    });
  });
  const socket = path.join(devices, "socket");
  fs.rmSync(socket, { force: true });
  return new Promise((resolve) => {
    server.listen(socket, () => {
      fs.chmodSync(socket, 0o666);
      resolve();
    });
  });
}

async function mount(name, folder) {
  const volume = volumes.get(name);
  if (volume === undefined) throw new Error(`${name}: no such volume`);
  volume.child.stdin.write(`${folder}\n`);
  const said = await volume.line();
  if (said !== "mounted") throw new Error(said);
}

async function plug(name, file) {
  const child = spawn("perl", [path.join(__dirname, "volume.pl"), name, file, leader], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? `the volume ${name} is gone`;
  const said = await line();
  if (said !== "ready") throw new Error(said);
  volumes.set(name, { child, line });
  const into = ["--mount", "--user", `--target=${leader}`];
  execFileSync("nsenter", [...into, "ln", "-sfn", path.join(devices, name), `/dev/${name}`]);
}

module.exports = { networkDevice, children, begin, ready, execute };
