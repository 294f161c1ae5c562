import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DockerClient, tools } from "../support/dockerClient";
import { Provisioned } from "../support/provisioned";
import { Work } from "../support/work";

jest.setTimeout(300_000);

let host: Provisioned;
let alice: DockerClient;

const archive = readFileSync(join(__dirname, "fixtures/securityArchive.sh"), "utf8");
const versions = () =>
  host.asRoot(
    "dpkg-query -W -f '${Package} ${Version}\\n' affected docker.io containerd runc haproxy linux-image-cloud-amd64",
  );
const processes = () =>
  host.asRoot("systemctl show -p MainPID docker containerd haproxy; cat /proc/sys/kernel/random/boot_id");

beforeAll(async () => {
  host = await Provisioned.start();
  await host.provision({ clients: ["alice"] });
  alice = host.client("alice");
  await alice.importTools();
});
afterAll(() => host?.stop());

test("updates come at night, with a random delay, and behind everything else", async () => {
  const property = (unit: string, name: string) => host.asRoot(`systemctl show -p ${name} --value ${unit}`);
  for (const [timer, from, to] of [
    ["apt-daily.timer", "01:00", "03:00"],
    ["apt-daily-upgrade.timer", "03:30", "05:30"],
  ]) {
    expect(await host.asRoot(`systemctl is-enabled ${timer}; systemctl is-active ${timer}`)).toBe(
      "enabled\nactive",
    );
    const [, time] = /(\d\d:\d\d):\d\d UTC$/.exec(await property(timer, "NextElapseUSecRealtime"))!;
    expect(time >= from && time <= to).toBe(true);
    expect(await property(timer, "RandomizedDelayUSec")).toBe("2h");
    const service = timer.replace(".timer", ".service");
    expect(await property(service, "Nice")).toBe("19");
    expect(await property(service, "IOSchedulingClass")).toBe("3"); // idle
    expect(await property(service, "CPUWeight")).toBe("idle");
  }
});

test("a security update is installed by itself; what would end builds isn't, and builds, runs and streams go on", async () => {
  await host.asRoot(archive);
  const before = { versions: await versions(), processes: await processes() };
  const watching = host.client("alice").start("events", "--since", "0");
  const work = await Work.begin(alice);
  // What the timers start.
  await host.asRoot("systemctl start apt-daily.service; systemctl start apt-daily-upgrade.service");
  const policy = await host.asRoot("apt-cache policy docker.io haproxy | grep Candidate");
  expect(policy).toMatch(/Candidate: 9999\n.*Candidate: 9999/);
  expect(await versions()).toBe(before.versions.replace("affected 1", "affected 2"));
  expect(await processes()).toBe(before.processes);
  const { run, build, logs, made } = await work.finish();
  expect(run).toMatchObject({ status: 0, stdout: "before\nafter\n" });
  expect([build.status, logs.status, made]).toEqual([0, 0, "finished"]);
  await alice.out("volume", "create", "seen-at-last");
  await watching.printsEventually("volume create seen-at-last");
  expect(await alice.out("run", "--rm", tools, "echo", "still here")).toBe("still here");
});
