import { type DockerClient, tools } from "../support/dockerClient";
import { faultyHosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import type { Running } from "../support/run";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(300_000);

describe.each(faultyHosts)("on $name", ({ start }) => {
  let host: Provisioned;
  let alice: DockerClient;

  beforeAll(async () => {
    host = await start();
    for (const name of ["carol", "dora"]) host.pki.signed(name, "root", "clientAuth");
    await host.provision({ clients: ["alice", "bob"] });
    alice = host.client("alice");
    await alice.importTools();
  });
  afterAll(() => host?.stop());

  let streams = 0;

  /** A stream that doesn't end by itself, and is under way. */
  async function streamOf(name: string): Promise<Running> {
    const since = await alice.out("info", "--format", "{{.SystemTime}}");
    const stream = host.client(name).start("events", "--since", since);
    const volume = `stream-${++streams}`;
    await alice.out("volume", "create", volume);
    await stream.printsEventually(`volume create ${volume}`);
    return stream;
  }

  describe("taking a right away", () => {
    beforeEach(() => host.provision({ clients: ["alice", "bob"] }));

    test("needs no daemon: one that hangs keeps nobody in, and a failed transaction lets nobody back in", async () => {
      const stream = await streamOf("bob");
      await host.asRoot("pkill -STOP -x dockerd");
      const ended = host.transaction({ clients: ["alice"], daemon: { liveRestore: false } });
      expect((await stream.end()).status).not.toBe(0);
      await ended;
      expect(await host.admitted()).toEqual(["alice"]);
      await host.asRoot("pkill -CONT -x dockerd || true");
      await host.provision({ clients: ["alice"] });
      expect(await refusalOf(host.client("bob"))).not.toBe("");
    });

    test("outlives the rollback of what came with it", async () => {
      const { status, stderr } = await host.transaction({
        clients: ["alice"],
        daemonExtra: { "storage-driver": "no-such-driver" },
      });
      expect(status).not.toBe(0);
      expect(stderr).toContain("no longer admitted: bob");
      expect(await host.admitted()).toEqual(["alice"]);
      expect(await alice.out("run", "--rm", tools, "echo", "still here")).toBe("still here");
    });
  });

  describe("a daemon that doesn't run", () => {
    test.each([
      ["was stopped with its socket", "systemctl stop docker.socket docker.service"],
      [
        "has failed to start too often",
        "systemctl stop docker.socket; for i in 1 2 3 4 5; do systemctl kill -s KILL docker.service; systemctl start docker.service; done; systemctl stop docker.service",
      ],
    ])("is started when it %s", async (_, command) => {
      await host.asRoot(`{ ${command}; } 2>/dev/null; true`);
      expect(await host.provision({ clients: ["alice", "bob"] })).toMatchObject({ daemon: "start" });
      expect(await refusalOf(alice)).toBe("");
    });

    test("is started by a change that a reload would have been enough for", async () => {
      await host.asRoot("systemctl stop docker.socket docker.service");
      expect(await host.provision({ clients: ["alice", "bob"], daemon: { debug: true } })).toMatchObject({
        daemon: "start",
      });
      expect(await alice.out("info", "--format", "{{.Debug}}")).toBe("true");
    });
  });

  test("live-restore is refused while the daemon is in a swarm, with which it would not start again", async () => {
    const daemon = { liveRestore: false };
    await host.provision({ clients: ["alice", "bob"], daemon });
    await alice.out("swarm", "init", "--advertise-addr", "127.0.0.1");
    const { status, stderr } = await host.transaction({ clients: ["alice", "bob"] });
    expect(status).not.toBe(0);
    expect(stderr).toContain("the daemon is in a swarm");
    expect(stderr).toContain("nothing was changed");
    await alice.out("swarm", "leave", "--force");
    await host.provision({ clients: ["alice", "bob"] });
  });

  test("changes of clients leave no process of the front door behind, whoever watches meanwhile", async () => {
    const workers = () => host.asRoot("pgrep -c -x haproxy");
    const before = await workers();
    const watching: Running[] = [];
    for (const clients of [["carol"], ["carol", "dora"], ["dora"], []]) {
      watching.push(await streamOf("alice"));
      await host.provision({ clients: ["alice", "bob", ...clients] });
    }
    expect(await workers()).toBe(before);
    await alice.out("volume", "create", "seen-by-all");
    for (const stream of watching) await stream.printsEventually("volume create seen-by-all");
  });
});
