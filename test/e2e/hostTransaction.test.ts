import { daemonKeys } from "../../components/daemon/keys";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DockerClient, tools } from "../support/dockerClient";
import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { run, succeeded } from "../support/run";

jest.setTimeout(300_000);

let host: Provisioned;
let alice: DockerClient;

const daemonProcess = () => host.asRoot("systemctl show -P MainPID docker.service");
const workers = () =>
  host.asRoot(`echo 'show proc' | socat - ${host.masterSocket} | awk '$2=="worker"{print $1}'`);

describe.each(hosts)("on $name", ({ start, isAdopted }) => {
  beforeAll(async () => {
    host = await start();
  });
  afterAll(() => host?.stop());

  describe("a host that has just been reached", () => {
    if (!isAdopted) {
      test("gets its permanent host key by the first connection, and shows both", async () => {
        const folder = mkdtempSync(join(tmpdir(), "host-key-"));
        succeeded(
          await run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", join(folder, "key")]),
        );
        await host.installHostKey(readFileSync(join(folder, "key"), "utf8"));
        const [, permanent] = readFileSync(join(folder, "key.pub"), "utf8").split(" ");
        rmSync(folder, { recursive: true });

        expect(await hostKey("ecdsa")).toBe(permanent);
        expect(await hostKey("ed25519")).toBe(host.guest.keys.bootstrap.public.split(" ")[1]);
      });
    }

    test("has a daemon for its clients after one transaction, through one open port", async () => {
      expect(await host.provision({ clients: ["alice", "bob"] })).toEqual({
        frontDoor: "reload",
        daemon: "restart",
        ...(isAdopted ? {} : { firewall: "load" }),
      });

      alice = host.client("alice");
      expect(await alice.out("version", "--format", "{{.Server.Version}}")).toMatch(/^2\d\.\d/);
      const listening = await host.asRoot("ss -Htuln | awk '{print $5}'");
      const open = listening.split("\n").filter((address) => !/^127\.|:22$/.test(address));
      expect(open).toEqual(["0.0.0.0:2376"]);
      await alice.importTools();
    });

    if (!isAdopted) {
      test("shows the permanent host key alone from then on", async () => {
        expect(await hostKey("ecdsa")).toBeDefined();
        expect(await hostKey("ed25519")).toBeUndefined();
      });
    }

    test("keeps what is secret to root", async () => {
      const asNobody = "setpriv --reuid nobody --regid nogroup --clear-groups";
      expect(await host.asRoot(`${asNobody} ls /etc/remote-docker 2>&1 || true`)).toContain(
        "Permission denied",
      );
      expect(await host.asRoot("stat -c '%U %a' /run/remote-docker.sock")).toBe("root 600");
    });

    test("leaves systemd nothing to complain of", async () => {
      expect(await host.asRoot("journalctl -q _PID=1 | grep -E 'remote-docker.* is marked' || true")).toBe(
        "",
      );
    });

    test("starts its daemon by itself after a reboot", async () => {
      expect(
        await host.asRoot(
          `systemctl is-enabled docker.service docker.socket ${host.frontDoorUnit} | sort -u`,
        ),
      ).toBe("enabled");
    });
  });

  test("dockerd has no option whose key in daemon.json isn't known", async () => {
    const options = [...(await host.asRoot("dockerd --help")).matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(
      ([, name]) => name,
    );
    expect(options.length).toBeGreaterThan(70);
    const others = [
      "add-runtime",
      "config-file",
      "containerd-plugins-namespace",
      "help",
      "validate",
      "version",
    ];
    const keysOf = (option: string) => [option, `${option}s`, option.replace(/y$/, "ies")];
    const unknown = options.filter((option) => !keysOf(option).some((key) => Object.hasOwn(daemonKeys, key)));
    expect(unknown.filter((option) => !others.includes(option))).toEqual([]);
  });

  describe("a transaction", () => {
    test("that brings nothing new leaves every process alone", async () => {
      const before = [await daemonProcess(), await workers()];
      expect(await host.provision({ clients: ["bob", "alice"] })).toEqual({
        frontDoor: "none",
        daemon: "none",
      });
      expect([await daemonProcess(), await workers()]).toEqual(before);
    });

    test("with an option that dockerd takes up by itself doesn't restart it", async () => {
      const before = await daemonProcess();
      const daemon = { debug: true, labels: ["team=build"] };
      expect(await host.provision({ clients: ["alice", "bob"], daemon })).toEqual({
        frontDoor: "none",
        daemon: "reload",
      });
      expect(await daemonProcess()).toBe(before);
      expect(await alice.out("info", "--format", "{{.Debug}} {{.Labels}}")).toBe("true [team=build]");
    });

    test("with an option that dockerd must be restarted for keeps containers running", async () => {
      const container = await alice.out("run", "--detach", tools, "sleep", "1000");
      const wanted = { clients: ["alice", "bob"], daemon: { dns: ["192.0.2.53"] } };
      expect(await host.provision(wanted)).toEqual({ frontDoor: "none", daemon: "restart" });
      expect(await alice.out("info", "--format", "{{.Debug}} {{.Labels}}")).toBe("false []");
      expect(await alice.out("run", "--rm", tools, "cat", "/etc/resolv.conf")).toContain(
        "nameserver 192.0.2.53",
      );
      expect(await alice.out("inspect", "--format", "{{.State.Running}}", container)).toBe("true");
      await alice.out("rm", "--force", container);
    });

    test("with an option that dockerd doesn't know changes nothing and says which", async () => {
      const before = [await daemonProcess(), await workers()];
      const { status, stderr } = await host.transaction({
        clients: ["alice", "bob"],
        daemonExtra: { "no-such-option": true },
      });
      expect(stderr).toContain("no-such-option");
      expect(status).not.toBe(0);
      // An older dockerd can't check a configuration without running with it.
      const checks = (await host.asRoot("dockerd --help")).includes("--validate");
      expect(stderr).toContain(checks ? "nothing was changed" : "the daemon runs as before");
      if (checks) expect([await daemonProcess(), await workers()]).toEqual(before);
    });

    test("with a configuration that dockerd doesn't start with is undone, and the cause is the last that is said", async () => {
      const wanted = { clients: ["alice", "bob"], daemonExtra: { "storage-driver": "no-such-driver" } };
      const { status, stderr } = await host.transaction(wanted);
      expect(stderr).toContain("the daemon runs as before");
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/no-such-driver|driver not supported/);
      expect(status).not.toBe(0);
      expect(await alice.out("info", "--format", "{{.Driver}}")).toMatch(/^(overlay2|vfs)$/);
      expect(await host.provision({ clients: ["alice", "bob"], daemon: { dns: ["192.0.2.53"] } })).toEqual({
        frontDoor: "none",
        daemon: "none",
      });
    });

    test("that arrives in part does nothing", async () => {
      const script = host.script({ clients: ["alice"] });
      await host.guest.ssh(
        "sudo -n bash -c 'source <(cat)'",
        script.slice(0, script.indexOf("\ntransaction\n")),
      );
      expect(await host.provision({ clients: ["alice", "bob"], daemon: { dns: ["192.0.2.53"] } })).toEqual({
        frontDoor: "none",
        daemon: "none",
      });
    });

    test("that was killed half way is made up for by the next one", async () => {
      const wanted = { clients: ["alice", "bob"], daemon: { ip: "127.0.0.2" } };
      const killer = host.asRoot(killOnceSwapped);
      expect((await host.transaction(wanted)).status).not.toBe(0);
      await killer;
      expect(await host.provision(wanted)).toMatchObject({ daemon: "restart" });
      expect(await host.provision(wanted)).toEqual({ frontDoor: "none", daemon: "none" });
      expect(await host.asRoot("ls /etc/remote-docker/sets | wc -l")).toBe("1");
    });
  });

  describe("a change of the clients", () => {
    test("ends the connections of who was removed, and nobody else's", async () => {
      const daemon = { ip: "127.0.0.2" };
      const before = await daemonProcess();
      const bob = host.client("bob");
      const [alicesRun, bobsRun] = [alice, bob].map((client) =>
        client.start("run", "--rm", "--interactive", tools, "cat"),
      );
      const bobsEvents = bob.start("events");
      const alicesBuild = alice.start("build", "--network", "host", "--progress", "plain", buildThatWaits());
      for (const running of [alicesRun, bobsRun]) {
        running.type("one\n");
        await running.printsEventually("one");
      }
      await alicesBuild.printsEventually("waiting at the gate");

      expect(await host.provision({ clients: ["alice", "carol"], daemon })).toEqual({
        frontDoor: "update",
        daemon: "none",
      });

      expect((await bobsRun.end()).status).not.toBe(0);
      expect((await bobsEvents.end()).status).not.toBe(0);
      expect((await bob.run(["version"])).status).not.toBe(0);
      alicesRun.type("two\n");
      await alicesRun.printsEventually("two");
      const carol = host.client("carol");
      await carol.out("run", "--detach", "--network", "host", tools, "httpd", "-f", "-p", "8099", "-h", "/");
      expect(await alicesRun.finish()).toMatchObject({ status: 0, stdout: "one\ntwo\n" });
      expect(await alicesBuild.end()).toMatchObject({ status: 0 });
      expect(await daemonProcess()).toBe(before);
    });

    test("ends the connections on a certificate that was replaced, and the new one works", async () => {
      const before = host.client("carol");
      const carolsEvents = before.start("events");
      const alicesRun = alice.start("run", "--rm", "--interactive", tools, "cat");
      alicesRun.type("one\n");
      await alicesRun.printsEventually("one");
      await carolsEvents.printsEventually("container start");
      host.pki.signed("carol", "root", "clientAuth");
      await host.provision({ clients: ["alice", "carol"], daemon: { ip: "127.0.0.2" } });

      expect((await carolsEvents.end()).status).not.toBe(0);
      expect((await before.run(["version"])).status).not.toBe(0);
      expect((await host.client("carol").run(["version"])).status).toBe(0);
      expect(await alicesRun.finish()).toMatchObject({ status: 0, stdout: "one\n" });
    });

    function buildThatWaits(): string {
      return alice.buildContext(
        "waits",
        `FROM ${tools}\nRUN echo waiting at the gate; until wget -q -O - http://127.0.0.1:8099/gate; do sleep 1; done\n`,
      );
    }
  });
});

/** The host key of a type that the machine shows, as base64. */
async function hostKey(type: string): Promise<string | undefined> {
  const scan = ["ssh-keyscan", "-T", "20", "-t", type, "-p", String(host.guest.port), "127.0.0.1"];
  const { stdout } = await run(scan);
  return stdout.trim().split(" ")[2];
}

/** Waits until a transaction has made another set current, and kills it before it is taken up. */
const killOnceSwapped = `
before=$(readlink /etc/remote-docker/current)
for _ in {1..6000}; do
  if [[ $(readlink /etc/remote-docker/current) != "$before" ]]; then
    for open in /proc/[0-9]*/fd/9; do
      if [[ $(readlink "$open") == /run/lock/remote-docker ]]; then
        process=\${open#/proc/}
        kill -KILL "\${process%%/*}"
      fi
    done
    exit
  fi
  read -rt 0.01 <> <(:) || true
done
exit 1
`;
