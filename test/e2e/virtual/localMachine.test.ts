import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../../support/freePort";
import { virtualMachinesNaming } from "../../support/processes";
import { type Outcome, run, succeeded } from "../../support/run";
import { TestStack } from "../../support/stack";

jest.setTimeout(10 * 60_000);

// A program of a machine alone, without certificates and daemon.
const stack = new TestStack({ virtual: true });
const state = join(stack.home, ".local/state/remote-docker/remote-docker", `${stack.name}.m`);
const key = join(stack.folder, "operator");
let port: number;

function program(settings: object): void {
  const text = `import { LocalMachine } from "./components/machine/local/localMachine";
const machine = new LocalMachine("m", ${JSON.stringify({ port, ...settings })});
export const { incarnation, start } = machine;
export const operatorKey = machine.ssh.privateKey;
`;
  writeFileSync(join(stack.project, "index.ts"), text);
}

async function ssh(command: string): Promise<string> {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const arguments_ = [
    "-F",
    "none",
    "-i",
    key,
    "-p",
    String(port),
    ...options.flatMap((option) => ["-o", option]),
  ];
  return succeeded(await run(["ssh", ...arguments_, "provision@127.0.0.1", command])).stdout.trim();
}

function kill(): void {
  for (const { pid } of virtualMachinesNaming(stack.home)) process.kill(pid, "SIGKILL");
}

beforeAll(async () => {
  port = await freePort();
  await stack.init();
  program({ cpus: 2, diskSize: 4 });
  succeeded(await stack.up());
  const { operatorKey } = await stack.outputs();
  writeFileSync(key, operatorKey as string, { mode: 0o600 });
});

afterAll(async () => {
  await stack.destroy();
  stack.remove();
});

test("the first boot ends without an error, and nothing but the front door listens beyond loopback", async () => {
  expect(await ssh("sudo -n cloud-init status --wait --long")).toMatch(/^\.*status: done[^]*errors: \[\]/);
  const sockets = (await ssh("sudo -n ss -Htulpn")).split("\n");
  const open = sockets.filter((line) => !/ 127\.[\d.]+(%lo)?:\d+ /.test(line));
  expect(open.map((line) => line.split(/ +/)[4])).toEqual(["0.0.0.0:2376"]);
});

test("the console is in a log file", () => {
  expect(readFileSync(join(state, "machine/console.log"), "utf8")).toContain("Linux version");
});

test("another up changes nothing", async () => {
  succeeded(await stack.up("--expect-no-changes"));
});

test("a machine whose process died comes back with its disks, the data's in the size that it has by now", async () => {
  const before = await stack.outputs();
  await ssh("echo kept >kept; sync");
  kill();
  program({ cpus: 1, diskSize: 6 });
  succeeded(await stack.up());
  expect(
    await ssh(
      "cat kept; nproc; df --block-size=1G --output=size,target /var/lib/docker /var/lib/containerd | tail -n 2; systemctl is-system-running --wait",
    ),
  ).toMatch(/^kept\n1\n +6 \/var\/lib\/docker\n +6 \/var\/lib\/containerd\nrunning$/);
  const after = await stack.outputs();
  expect(after.incarnation).toBe(before.incarnation);
  expect(after.start).not.toBe(before.start);
});

test("a port that somebody else has is refused before anything changes", async () => {
  const { pid } = virtualMachinesNaming(stack.home)[0];
  const [taken, other] = [port, await freePort()];
  const server = createServer().listen(other, "127.0.0.1");
  port = other;
  program({ cpus: 1, diskSize: 6 });
  const refused: Outcome = await stack.up();
  server.close();
  port = taken;
  program({ cpus: 1, diskSize: 6 });
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain(`local.port: ${other} is taken`);
  expect(virtualMachinesNaming(stack.home)[0].pid).toBe(pid);
});

test("destroy leaves neither process nor folder, also of a machine that is already dead", async () => {
  kill();
  succeeded(await stack.destroy());
  expect(virtualMachinesNaming(stack.home)).toEqual([]);
  expect(existsSync(state)).toBe(false);
});
