import { existsSync, rmSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { Computer } from "./computer";

jest.setTimeout(60_000);

let computer: Computer;
let kept: string;

beforeEach(() => {
  computer = new Computer();
  kept = join(computer.cache, `accelerator-${release()}`);
  rmSync(kept);
});

afterEach(() => computer.remove());

/** What is chosen where a guest with KVM behaves like this, a script. */
async function chosen(guest: string, device = "/dev/null"): Promise<string> {
  computer.tool("qemu-system-x86_64", `#!/bin/bash\n${guest}\n`);
  const time = { KVM_SECONDS: "1", KVM_DEVICE: device };
  const { status, stdout } = await computer.script("accelerator.sh", ["vmlinuz", "initrd.img"], time);
  expect(status).toBe(0);
  return stdout;
}

const boots = 'echo "Begin: Loading essential drivers ... done."; sleep 30';
const never = "exec sleep 30";

test("a guest that boots with KVM gets it, and that is remembered", async () => {
  expect(await chosen(boots)).toContain("-accel kvm");
  expect(await chosen("exit 1")).toContain("-accel kvm");
});

test("a guest that dies with KVM is emulated, and that is remembered", async () => {
  expect(await chosen("echo panic; exit 1")).toContain("-accel tcg");
  expect(await chosen(boots)).toContain("-accel tcg");
});

test("without a device there is no KVM", async () => {
  expect(await chosen(boots, "/nowhere")).toContain("-accel tcg");
});

test("a guest that didn't answer in time is emulated for now, and the next start tries again", async () => {
  expect(await chosen(never)).toContain("-accel tcg");
  expect(existsSync(kept)).toBe(false);
  expect(await chosen(boots)).toContain("-accel kvm");
});

test("who removes what was remembered has it tried again", async () => {
  expect(await chosen("exit 1")).toContain("-accel tcg");
  rmSync(kept);
  expect(await chosen(boots)).toContain("-accel kvm");
});
