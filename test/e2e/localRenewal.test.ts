import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DockerClient, type DockerEnvironment, tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { virtualMachinesNaming } from "../support/processes";
import { type Outcome, succeeded } from "../support/run";
import { TestStack } from "../support/stack";

jest.setTimeout(10 * 60_000);

// However old the cached image is: the test isn't about its age.
const stack = new TestStack({ environment: { IMAGE_DAYS: "10000" } });
const scripts = join(stack.project, "components/machine/local");
const place = join(stack.home, ".local/state/remote-docker/remote-docker", stack.name, "machine");
let port: number;
let docker: DockerClient;

function configure(local: object = {}): void {
  stack.configure({ machine: "local", local: { port, diskSize: 6, ...local }, clients: [{ name: "alice" }] });
}

const said = ({ stdout, stderr }: Outcome) => (stdout + stderr).replace(/\s+/g, " ");
const machine = async (command: string) => succeeded(await stack.machine(command)).stdout.trim();
const machines = () => virtualMachinesNaming(stack.home).map(({ pid }) => pid);

beforeAll(async () => {
  port = await freePort();
  await stack.init();
  configure();
  // A machine of the time before there were data disks.
  copyFileSync(join(__dirname, "fixtures/earlierDisk.sh"), join(scripts, "disk.sh"));
  succeeded(await stack.up());
  copyFileSync(join(__dirname, "../../components/machine/local/disk.sh"), join(scripts, "disk.sh"));
  docker = new DockerClient((await stack.outputs()) as unknown as DockerEnvironment);
});

afterAll(async () => {
  docker?.remove();
  await stack.destroy();
  stack.remove();
});

/** What Docker keeps for somebody. */
async function fill(): Promise<void> {
  await docker.importTools();
  await docker.out("run", "--rm", "-v", "kept:/kept", tools, "sh", "-c", "echo in the volume >/kept/file");
  await docker.out("run", "--name", "stopped", tools, "sh", "-c", "echo in the container >/file");
  await docker.out("run", "-d", "--name", "serving", "--restart", "always", tools, "sleep", "100000");
  await docker.out("build", "-q", "-t", "built", docker.buildContext("context", recipe));
}

const recipe = `FROM ${tools}\nRUN echo built at some time > /made\n`;

/** What {@link fill} has made, as it is now. */
async function contents(): Promise<object> {
  const build = await docker.run([
    "build",
    "--progress",
    "plain",
    docker.buildContext(`c${Date.now()}`, recipe),
  ]);
  return {
    image: await docker.out("image", "inspect", "--format", "{{.Id}}", "built"),
    volume: await docker.out("run", "--rm", "-v", "kept:/kept", tools, "cat", "/kept/file"),
    container: await docker.out("cp", "stopped:/file", "-").then((tar) => /in the container/.test(tar)),
    serving: await docker.out("inspect", "--format", "{{.Id}} {{.State.Running}}", "serving"),
    cached: /RUN.*\n(.*\n)*?#\d+ CACHED/.test(build.stderr),
  };
}

/** Makes the machine anew, and looks that its system is another one, while what Docker keeps stayed. */
async function renew(image: number, diskSize = 6): Promise<Outcome> {
  const before = await contents();
  const [former] = machines();
  expect(before).toMatchObject({ container: true, cached: true });
  await machine("sudo -n touch /root/of-the-former-system");
  configure({ image, diskSize });
  const preview = await stack.preview();
  expect(said(preview)).toContain(`local.image is ${image} now: the machine is made anew`);
  expect(said(preview)).toContain("ends every client's containers");
  expect(machines()).toEqual([former]);
  const outcome = succeeded(await stack.up());
  expect(machines()).not.toEqual([former]);
  expect(await machine("sudo -n ls /root")).toBe("");
  expect(await contents()).toEqual(before);
  return outcome;
}

test("a machine of an earlier version stays as it is, and up says how it gets updates", async () => {
  const before = machines();
  expect(existsSync(join(place, "data"))).toBe(false);
  await fill();
  const outcome = succeeded(await stack.up("--expect-no-changes"));
  expect(said(outcome)).toContain("its system gets no security updates; write local.image: 2 and run up");
  expect(machines()).toEqual(before);
});

test("its only disk becomes the data disk of a new system, with all that Docker keeps", async () => {
  await renew(2);
  expect(existsSync(join(place, "data"))).toBe(true);
  expect(said(succeeded(await stack.up("--expect-no-changes")))).not.toContain("security updates");
});

test("a machine with a data disk is made anew with all that Docker keeps, and the disk can grow", async () => {
  const size = () => machine("df --block-size=1G --output=size /var/lib/docker | tail -n 1");
  expect(Number(await size())).toBeLessThan(7);
  await renew(3, 9);
  expect(Number(await size())).toBeGreaterThanOrEqual(8);
  succeeded(await stack.up("--expect-no-changes"));
});

test("dockerd's folder can't be where it would not be kept", async () => {
  const before = machines();
  const clients = [{ name: "alice" }];
  stack.configure({
    machine: "local",
    local: { port, diskSize: 9, image: 3 },
    daemon: { dataRoot: "/srv/docker" },
    clients,
  });
  const refused = await stack.up();
  expect(refused.status).not.toBe(0);
  expect(said(refused)).toContain('daemon.dataRoot: "/srv/docker" is not on the data disk');
  expect(machines()).toEqual(before);
});
