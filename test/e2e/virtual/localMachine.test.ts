import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../../support/freePort";
import { run as runNow } from "../../support/openssl";
import { virtualMachinesNaming } from "../../support/processes";
import { type Outcome, succeeded } from "../../support/run";
import { TestStack } from "../../support/stack";
import { refusalOf, StackClients } from "../../support/stackClients";

// What only a virtual machine has: its first boot, its process, its power that can fail, and a clock of its own. A boot takes
// a minute or two where it is emulated, so that all of it is one machine's life, with two boots.
const minutes = 60_000;
jest.setTimeout(20 * minutes);

const stack = new TestStack({ virtual: true });
const state = join(stack.home, ".local/state/remote-docker/remote-docker", stack.name);
const memoryAtFirst = 1536;
let port: number;
let people: StackClients;
let interrupted: Outcome;
let next: Outcome;
/** Of the first boot: its console, and what stays the same for as long as the disks do. */
let firstConsole: string;
let firstDisks: string;

function configure(local: object): void {
  stack.configure({
    machine: "local",
    local: { port, diskSize: 4, ...local },
    clients: [{ name: "alice" }, { name: "carol", csr: "carol.csr" }, { name: "dora", validityHours: 6 }],
  });
}

const machine = async (command: string) => succeeded(await stack.machine(command)).stdout.trim();
const console = () => readFileSync(join(state, "machine/console.log"), "utf8");
const processes = () => virtualMachinesNaming(stack.name, stack.home).map(({ pid }) => pid);

function kill(): void {
  for (const pid of processes()) process.kill(pid, "SIGKILL");
}

/** What the machine was made as, and the data disk's file system. */
function disks(): string {
  const incarnation = readFileSync(join(state, "machine/incarnation"), "utf8");
  return incarnation + runNow("blkid", "--probe", "--match-tag", "UUID", join(state, "machine/data"));
}

beforeAll(async () => {
  port = await freePort();
  people = new StackClients(stack, port);
  const request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const files = ["-keyout", join(people.files.folder, "carol.key"), "-out", join(stack.project, "carol.csr")];
  runNow("openssl", ...request, "-subj", "/CN=carol", ...files);
  configure({ memory: memoryAtFirst });
  await stack.init();
  const dying = stack.startUp();
  await dying.printsEventually("restarting dockerd");
  kill();
  interrupted = await dying.end();
  firstConsole = console();
  firstDisks = disks();
  configure({ diskSize: 6 });
  next = succeeded(await stack.up());
  copyFileSync(join(people.files.folder, "carol.key"), people.bundle("carol", "key.pem"));
});

afterAll(async () => {
  await stack.destroy();
  people.remove();
  stack.remove();
});

test("a machine that dies while it is provisioned ends the up with an error, and the next up converges", () => {
  expect(interrupted.status).not.toBe(0);
  expect(interrupted.stdout + interrupted.stderr).toContain("docker-host-transaction");
  expect(next.status).toBe(0);
});

test("the console is in a log file", () => {
  expect(firstConsole).toContain("Linux version");
});

test("the first boot ends without an error, and nothing but the front door listens beyond loopback", async () => {
  const result = JSON.parse(await machine("sudo -n cat /var/lib/cloud/data/result.json")) as object;
  expect(result).toEqual({ v1: { datasource: expect.stringContaining("NoCloud"), errors: [] } });
  const sockets = (await machine("sudo -n ss -Htulpn")).split("\n");
  const open = sockets.filter((line) => !/ 127\.[\d.]+(%lo)?:\d+ /.test(line));
  expect(open.map((line) => line.split(/ +/)[4])).toEqual(["0.0.0.0:2376"]);
});

test("a machine whose process died comes back with its disks, the data's in the size that it has by now", async () => {
  expect(disks()).toBe(firstDisks);
  expect(await machine("sudo -n journalctl --quiet --list-boots | wc -l")).toBe("2");
  expect(
    await machine(
      "df --block-size=1G --output=size,target /var/lib/docker /var/lib/containerd | tail -n 2; systemctl is-system-running --wait",
    ),
  ).toMatch(/^ *6 \/var\/lib\/docker\n +6 \/var\/lib\/containerd\nrunning$/);
  const [, kibibytes] = /MemTotal: +(\d+) kB/.exec(await machine("cat /proc/meminfo")) ?? [];
  expect(Number(kibibytes) / 1024).toBeGreaterThan(memoryAtFirst);
});

test("a port that somebody else has is refused before anything changes", async () => {
  const [before] = processes();
  const other = await freePort();
  const server = createServer().listen(other, "127.0.0.1");
  configure({ diskSize: 6, port: other });
  const refused: Outcome = await stack.up();
  server.close();
  configure({ diskSize: 6 });
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain(`local.port: ${other} is taken`);
  expect(processes()).toEqual([before]);
});

test("a short-lived certificate is renewed before its end, alone, and the former one is good until then", async () => {
  const before = people.holder("dora");
  const [alices, doras] = [people.certificate("alice"), people.certificate("dora")];
  await machine("sudo -n date -u -s +5hours");
  stack.moveEngine("+5h");
  succeeded(await stack.up());
  stack.moveEngine();
  expect(people.certificate("alice")).toBe(alices);
  expect(people.certificate("dora")).not.toBe(doras);
  for (const docker of [before, people.holder("dora")]) expect(await refusalOf(docker)).toBe("");
  // Six hours after it was issued the former certificate ends.
  await machine("sudo -n date -u -s +2hours");
  expect(await refusalOf(before)).not.toBe("");
  expect(await refusalOf(people.holder("dora"))).toBe("");
});

test("a stack whose certificates have all expired is recovered by one up, and another changes nothing", async () => {
  const days = 4015;
  const time = `+${days}d`;
  // As the engine's, or a certificate of six hours would be over on a machine that is ahead.
  await machine(`sudo -n date -u -s @${Math.round(Date.now() / 1000) + days * 86_400}`);
  stack.moveEngine(time);
  const expired = expect.stringContaining("certificate has expired");
  expect(await people.asked("alice", time)).toEqual({ docker: expired, curl: expired });
  succeeded(await stack.up());
  const docker = expect.stringMatching(/^Server:/m);
  const curl = expect.stringContaining('"ApiVersion"');
  for (const name of ["alice", "carol"]) expect(await people.asked(name, time)).toEqual({ docker, curl });
  succeeded(await stack.up("--expect-no-changes"));
});

test("destroy leaves neither process nor folder, also of a machine that is already dead", async () => {
  kill();
  succeeded(await stack.destroy());
  expect(processes()).toEqual([]);
  expect(existsSync(state)).toBe(false);
});
