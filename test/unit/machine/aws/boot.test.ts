import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { freePort } from "../../../support/freePort";
import { type Outcome, run } from "../../../support/run";

const script = join(__dirname, "../../../../components/machine/aws/boot.js");
const byHand = "aws ec2 get-console-output --region eu-central-1 --instance-id i-0abc --latest --output text";

jest.setTimeout(60_000);

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function boot(port: number, environment: Record<string, string> = {}): Promise<Outcome> {
  return run([process.execPath, script], {
    env: {
      ...{ PATH: process.env.PATH, HOST: "127.0.0.1", PORT: String(port), INSTANCE: "i-0abc" },
      ...{
        REGION: "eu-central-1",
        BOOT_SECONDS: "0",
        PAUSE_SECONDS: "0.01",
        AWS_EC2_METADATA_DISABLED: "true",
        HOME: "/nonexistent",
      },
      ...environment,
    },
  });
}

test("a front door that closes connections at first is waited for until sshd shows itself", async () => {
  let connections = 0;
  const port = await listening(
    createServer((socket) => {
      connections += 1;
      // Read first: a connection that is closed with something unread is reset.
      if (connections === 1) return socket.once("data", () => socket.end());
      return socket.once("data", (hello) => {
        expect(hello.toString()).toMatch(/^SSH-2\.0-/);
        socket.end("SSH-2.0-OpenSSH_10.0p2\r\n");
      });
    }),
  );
  const { status, stderr } = await boot(port, { BOOT_SECONDS: "60" });
  expect(status).toBe(0);
  expect(stderr).toContain(`waiting for the front door at 127.0.0.1:${port}: closed at once`);
  expect(connections).toBe(2);
});

/** Environment for an EC2 that knows nothing but a console, which is asked for anew with each call. */
async function ec2With(lines: () => string[]): Promise<Record<string, string>> {
  const api = createHttpServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "text/xml");
    const output = Buffer.from(lines().join("\r\n")).toString("base64");
    response.end(`<GetConsoleOutputResponse><output>${output}</output></GetConsoleOutputResponse>`);
  });
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${await listening(api)}`,
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
  };
}

test("a machine that doesn't boot is an error that shows the end of its console", async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`);
  const { status, stderr } = await boot(await freePort(), await ec2With(() => lines));
  expect(status).toBe(1);
  expect(stderr).toMatch(/The machine i-0abc didn't open its front door at .*: ECONNREFUSED within 0 s/);
  expect(stderr).toContain(byHand);
  expect(stderr).toMatch(/line 20\nline 21\n(.*\n)*line 59$/m);
  expect(stderr).not.toContain("line 19\n");
});

const kernel = "[    0.000000] Linux version 6.12.48+deb13-cloud-amd64";
const closed = "[   40.100000] cloud-init[456]: the front door stays closed";

test.each([
  ["the first boot", closed],
  [
    "the kernel",
    "[    2.345678] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
  ],
])("what %s can't get over is not waited for any longer", async (_, last) => {
  const environment = await ec2With(() => [kernel, last]);
  const { status, stderr } = await boot(await freePort(), { ...environment, BOOT_SECONDS: "30" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/The machine i-0abc didn't open its front door at .*: its first boot failed$/m);
  expect(stderr).toContain(last);
});

test("what a machine says while it boots is told, each line once", async () => {
  const said = [kernel, "[   31.100000] cloud-init[456]: ci-info: | 0 |"];
  const steps = ["reading the package lists", "\u001b[0minstalling haproxy socat"];
  const environment = await ec2With(() => {
    const step = steps.shift();
    if (step !== undefined) said.push(`login: [   3${steps.length}.200000] cloud-init[456]: ${step}`);
    else said.push(closed);
    return said;
  });
  const { stderr } = await boot(await freePort(), { ...environment, BOOT_SECONDS: "30" });
  const told = stderr.split("\n").filter((line) => line.startsWith("on the machine: "));
  expect(told).toEqual([
    "on the machine: reading the package lists",
    "on the machine: installing haproxy socat",
    "on the machine: the front door stays closed",
  ]);
});

test("the failure of an earlier boot is not taken for one of this boot", async () => {
  const { status, stderr } = await boot(await freePort(), {
    ...(await ec2With(() => [kernel, closed, kernel])),
    BOOT_SECONDS: "1",
  });
  expect(status).toBe(1);
  expect(stderr).toContain("ECONNREFUSED within 1 s");
});

test("a console that can't be read is an error with the command that would show it", async () => {
  const { status, stderr } = await boot(await freePort());
  expect(status).toBe(1);
  expect(stderr).toMatch(/Its console can't be read \(.*\); to see it: /);
  expect(stderr).toContain(byHand);
});
