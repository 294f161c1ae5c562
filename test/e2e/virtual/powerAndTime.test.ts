import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/freePort";
import { run as runNow } from "../../support/openssl";
import { virtualMachinesNaming } from "../../support/processes";
import { type Outcome, succeeded } from "../../support/run";
import { TestStack } from "../../support/stack";
import { refusalOf, StackClients } from "../../support/stackClients";

// What only a virtual machine has: its power can fail, and its clock is its own.
const minutes = 60_000;
jest.setTimeout(20 * minutes);

const stack = new TestStack({ virtual: true });
let people: StackClients;
let interrupted: Outcome;
let next: Outcome;

beforeAll(async () => {
  const port = await freePort();
  people = new StackClients(stack, port);
  const request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const files = ["-keyout", join(people.files.folder, "carol.key"), "-out", join(stack.project, "carol.csr")];
  runNow("openssl", ...request, "-subj", "/CN=carol", ...files);
  stack.configure({
    machine: "local",
    local: { port },
    clients: [{ name: "alice" }, { name: "carol", csr: "carol.csr" }, { name: "dora", validityHours: 6 }],
  });
  await stack.init();
  const dying = stack.startUp();
  await dying.printsEventually("restarting dockerd");
  for (const { pid } of virtualMachinesNaming(stack.name, stack.home)) process.kill(pid, "SIGKILL");
  interrupted = await dying.end();
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

test("a short-lived certificate is renewed before its end, alone, and the former one is good until then", async () => {
  const before = people.holder("dora");
  const [alices, doras] = [people.certificate("alice"), people.certificate("dora")];
  succeeded(await stack.machine("sudo -n date -u -s +5hours"));
  stack.moveEngine("+5h");
  succeeded(await stack.up());
  stack.moveEngine();
  expect(people.certificate("alice")).toBe(alices);
  expect(people.certificate("dora")).not.toBe(doras);
  for (const docker of [before, people.holder("dora")]) expect(await refusalOf(docker)).toBe("");
  // Six hours after it was issued the former certificate ends.
  succeeded(await stack.machine("sudo -n date -u -s +2hours"));
  expect(await refusalOf(before)).not.toBe("");
  expect(await refusalOf(people.holder("dora"))).toBe("");
});

test("a stack whose certificates have all expired is recovered by one up", async () => {
  const time = "+4015d";
  succeeded(await stack.machine("sudo -n date -u -s +4015days"));
  stack.moveEngine(time);
  const expired = expect.stringContaining("certificate has expired");
  expect(await people.asked("alice", time)).toEqual({ docker: expired, curl: expired });
  succeeded(await stack.up());
  const docker = expect.stringMatching(/^Server:/m);
  const curl = expect.stringContaining('"ApiVersion"');
  for (const name of ["alice", "carol"]) expect(await people.asked(name, time)).toEqual({ docker, curl });
  succeeded(await stack.up("--expect-no-changes"));
});
