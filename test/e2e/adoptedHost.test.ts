import { Agent } from "../support/adopted/agent";
import { AdoptedHost, type Suite } from "../support/adopted/host";
import { containers, snapshotOf } from "../support/adopted/snapshot";
import { DockerClient, type DockerEnvironment, tools } from "../support/dockerClient";
import { type Outcome, succeeded } from "../support/run";
import { TestStack } from "../support/stack";
import { refusalOf } from "../support/stackClients";
import { Work } from "../support/work";

jest.setTimeout(10 * 60_000);

describe.each<{ suite: Suite; user: string; dialed: boolean }>([
  { suite: "bookworm", user: "admin", dialed: false },
  // Clients dial another address than the host's own.
  { suite: "trixie", user: "root", dialed: true },
])("a Debian host that somebody has set up by hand ($suite, as $user)", ({ suite, user, dialed }) => {
  const stack = new TestStack();
  let host: AdoptedHost;
  let before: string[];
  let up: Outcome;
  let alice: DockerClient;
  let bob: DockerClient;

  function configure(
    more: { clients?: string[]; ssh?: object; [key: string]: unknown } = {},
    hostKey?: string,
  ): void {
    const { clients = ["alice", "bob"], ssh, ...others } = more;
    stack.configure({
      machine: "ssh",
      ssh: { host: host.address, port: host.sshPort, user, keyFile: host.keyFile, hostKey, ...ssh },
      clients: clients.map((name) => ({ name })),
      ...(dialed ? { address: `127.0.0.1:${host.frontDoorPort}` } : {}),
      ...others,
    });
  }

  let hostKey: string;

  beforeAll(async () => {
    host = await AdoptedHost.start(suite);
    await host.importTools();
    const service = "--restart unless-stopped";
    await host.out(`docker run -d --name web ${service} -p 127.0.0.1:8081:80 ${tools} httpd -f -p 80 -h /`);
    await host.out(
      `docker network create own && docker run -d --name job --network own ${tools} sleep 100000`,
    );
    before = await snapshotOf(host);
    hostKey = await host.hostKey();
    await stack.init();
    configure({}, hostKey);
  });

  afterAll(async () => {
    alice?.remove();
    bob?.remove();
    await stack.destroy();
    stack.remove();
    await host?.stop();
  });

  /** Whoever has the client's bundle. */
  async function client(name: string): Promise<DockerClient> {
    const { clients } = (await stack.outputs()) as { clients: Record<string, DockerEnvironment> };
    return new DockerClient(clients[name]);
  }

  test("is refused while its key isn't known here, with the line to add", async () => {
    configure();
    const refused = await stack.up();
    configure({}, hostKey);
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain(`ssh.hostKey: "${hostKey}"`);
    expect(await snapshotOf(host)).toEqual(before);
  });

  test("says in preview what was found and what would change, and changes nothing", async () => {
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toContain("dockerd is restarted once; its containers go on: job, web");
    expect(preview.stdout).toContain("Stays of its /etc/docker/daemon.json: log-driver, default-ulimits");
    expect(preview.stdout).toMatch(/Will be installed there: .*socat/);
    expect(preview.stdout).toContain("22/tcp (sshd)");
    expect(await snapshotOf(host)).toEqual(before);
  });

  test("becomes a shared daemon, while its own containers go on", async () => {
    up = succeeded(await stack.up());
    expect(up.stdout).toContain("turning live-restore on");
    alice = await client("alice");
    const expected = dialed ? `127.0.0.1:${host.frontDoorPort}` : `${host.address}:2376`;
    expect(alice.environment.DOCKER_HOST).toBe(`tcp://${expected}`);
    bob = await client("bob");
    expect(
      await alice.out("info", "--format", "{{.LiveRestoreEnabled}} {{.LoggingDriver}} {{.DockerRootDir}}"),
    ).toBe("true journald /srv/docker");
    expect(containers(await snapshotOf(host))).toEqual(containers(before));
    expect(await host.out("curl -s http://127.0.0.1:8081/gate")).toBe("open");
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("keeps its sshd and what else it serves as it was", async () => {
    expect(await host.out("ss -Htln 'sport = :22' | wc -l")).toBe("2");
    if (suite === "bookworm") expect(await host.out("curl -s http://127.0.0.1:8080")).toBe("their own");
  });

  test("a client's removal is noticed by nobody else, and the operator's shell works as everywhere", async () => {
    const work = await Work.begin(alice);
    expect(await refusalOf(bob)).toBe("");
    configure({ clients: ["alice"] }, hostKey);
    succeeded(await stack.up());
    expect(await refusalOf(bob)).not.toBe("");
    const { run: typed, build, logs } = await work.finish();
    for (const outcome of [typed, build, logs]) expect(outcome.status).toBe(0);
    expect((await stack.machine("id -un")).stdout.trim()).toBe(user);
    await alice.out("rmi", "gated");
    expect(containers(await snapshotOf(host))).toEqual(containers(before));
  });

  test("another stack is refused, with whose the host is and how to take it over", async () => {
    const other = new TestStack({ name: "other" });
    try {
      await other.init();
      other.configure({
        machine: "ssh",
        ssh: { host: host.address, port: host.sshPort, user, keyFile: host.keyFile, hostKey },
        clients: [{ name: "eve" }],
      });
      const refused = await other.up();
      expect(refused.status).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(
        /belongs to another stack, SHA256:\S+: .*ssh\.takeOver: SHA256:/,
      );
      succeeded(await other.destroy());
      expect(await refusalOf(alice)).toBe("");
    } finally {
      other.remove();
    }
  });

  test("is given back as it was by destroy, and none of its containers has stopped", async () => {
    await alice.out("system", "prune", "--force");
    succeeded(await stack.destroy());
    expect(await snapshotOf(host)).toEqual(before);
    expect(await host.out("curl -s http://127.0.0.1:8081/gate")).toBe("open");
  });

  test("is left alone by the destroy of a stack whose host another one has taken over", async () => {
    const before = await snapshotOf(host);
    const other = new TestStack({ name: "other" });
    const ssh = {
      host: host.address,
      port: host.sshPort,
      keyFile: host.keyFile,
      hostKey: await host.hostKey(),
    };
    stack.configure({ machine: "ssh", ssh, clients: [{ name: "alice" }] });
    succeeded(await stack.up());
    try {
      await other.init();
      other.configure({ machine: "ssh", ssh, clients: [{ name: "eve" }] });
      const takeOver = /ssh\.takeOver: (SHA256:\S+);/.exec((await other.up()).stdout)?.[1];
      other.configure({ machine: "ssh", ssh: { ...ssh, takeOver }, clients: [{ name: "eve" }] });
      succeeded(await other.up());
      succeeded(await stack.destroy());
      const { clients } = (await other.outputs()) as { clients: Record<string, DockerEnvironment> };
      const eve = new DockerClient(clients.eve);
      expect(await refusalOf(eve)).toBe("");
      eve.remove();
    } finally {
      succeeded(await other.destroy());
      other.remove();
    }
    expect(await snapshotOf(host)).toEqual(before);
  });
});

describe("a host without Docker", () => {
  const stack = new TestStack();
  let host: AdoptedHost;
  let before: string[];

  beforeAll(async () => {
    host = await AdoptedHost.start("trixie");
    const theirs = "docker.io docker-cli docker-buildx containerd runc";
    await host.out(
      `systemctl stop docker.service docker.socket; apt-get purge --quiet --yes --auto-remove ${theirs}; ` +
        "rm -rf /srv/docker /etc/docker /etc/systemd/system/docker.service.d /var/lib/docker /var/lib/containerd; " +
        "groupdel docker; systemctl daemon-reload; ip link delete docker0; nft flush ruleset",
    );
    before = await snapshotOf(host);
    await stack.init();
    stack.configure({
      machine: "ssh",
      ssh: { host: host.address, port: host.sshPort, keyFile: host.keyFile, hostKey: await host.hostKey() },
      clients: [{ name: "alice" }],
    });
  });

  afterAll(async () => {
    await stack.destroy();
    stack.remove();
    await host?.stop();
  });

  test("gets the distribution's, which destroy takes away again with all that it brought", async () => {
    succeeded(await stack.up());
    const { clients } = (await stack.outputs()) as { clients: Record<string, DockerEnvironment> };
    const docker = new DockerClient(clients.alice);
    await docker.importTools();
    expect(await docker.out("run", "--rm", tools, "echo", "adopted")).toBe("adopted");
    docker.remove();
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.destroy());
    expect(await snapshotOf(host)).toEqual(before);
  });
});

describe("a host behind another one, with a key that the SSH agent has", () => {
  let host: AdoptedHost;
  let agent: Agent;
  let stack: TestStack;

  beforeAll(async () => {
    host = await AdoptedHost.start("trixie");
    agent = await Agent.start();
    await agent.add(host.keyFile);
    stack = new TestStack({ environment: { SSH_AUTH_SOCK: agent.socket } });
    await stack.init();
  });

  afterAll(async () => {
    await stack?.destroy();
    stack?.remove();
    agent?.stop();
    await host?.stop();
  });

  test("is provisioned, used, looked after and given back", async () => {
    const before = await snapshotOf(host);
    const hostKey = await host.hostKey();
    const bastion = { host: host.address, port: host.sshPort, user: "admin", hostKey };
    stack.configure({
      machine: "ssh",
      ssh: { host: "10.0.2.15", hostKey, bastion },
      address: `${host.address}:2376`,
      clients: [{ name: "alice" }],
    });
    succeeded(await stack.up());
    const { clients } = (await stack.outputs()) as { clients: Record<string, DockerEnvironment> };
    const alice = new DockerClient(clients.alice);
    expect(await refusalOf(alice)).toBe("");
    alice.remove();
    expect((await stack.machine("id -un")).stdout.trim()).toBe("root");
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.destroy());
    expect(await snapshotOf(host)).toEqual(before);
  });
});

describe("a host that is adopted more than once", () => {
  const stack = new TestStack();
  let host: AdoptedHost;

  beforeAll(async () => {
    // Its dockerd can't check a configuration before it runs with it.
    host = await AdoptedHost.start("bookworm");
    await host.importTools();
    // Its daemon.json is elsewhere.
    await host.out(
      "mv /etc/docker/daemon.json /srv/daemon.json && " +
        "sed -i 's#--data-root#--config-file=/srv/daemon.json --data-root#' /etc/systemd/system/docker.service.d/override.conf && " +
        "systemctl daemon-reload && systemctl restart docker.service",
    );
    await host.out(`docker run -d --name job ${tools} sleep 100000`);
    await stack.init();
  });

  afterAll(async () => {
    await stack.destroy();
    stack.remove();
    await host?.stop();
  });

  test("runs its own daemon as it was after a first transaction that failed, and its containers go on, also through the next up and a destroy", async () => {
    const before = await snapshotOf(host);
    const configuration = {
      machine: "ssh",
      ssh: { host: host.address, port: host.sshPort, keyFile: host.keyFile, hostKey: await host.hostKey() },
      clients: [{ name: "alice" }],
    };
    stack.configure({ ...configuration, daemonExtra: { "no-such-key": true } });
    const failed = await stack.up();
    expect(failed.status).not.toBe(0);
    expect(failed.stdout).toContain("no-such-key");
    expect(containers(await snapshotOf(host))).toEqual(containers(before));
    expect(await host.out("docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'")).toBe(
      "journald false",
    );
    expect(await host.out("ss -Htln 'sport = :2376'")).toBe("");
    stack.configure(configuration);
    succeeded(await stack.up());
    expect(containers(await snapshotOf(host))).toEqual(containers(before));
    stack.configure({ ...configuration, daemonExtra: { "no-such-key": true } });
    expect((await stack.up()).stdout).toContain("the daemon runs as before");
    succeeded(await stack.destroy());
    expect(await snapshotOf(host)).toEqual(before);
  });
});
