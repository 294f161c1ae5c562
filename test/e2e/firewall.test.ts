import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DockerClient, tools } from "../support/dockerClient";
import { Provisioned } from "../support/provisioned";

jest.setTimeout(300_000);

/** The machine, as a neighbour sees it. */
const machine = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };

const fixture = (name: string) => readFileSync(join(__dirname, "fixtures", name), "utf8");

let host: Provisioned;
let alice: DockerClient;

beforeAll(async () => {
  host = await Provisioned.start();
  expect(await host.provision({})).toMatchObject({ firewall: "load" });
  alice = host.client("alice");
  await alice.importTools();
  const everywhere = ["-p", "0.0.0.0:9000:9000", "-p", "[::]:9000:9000", "-p", "0.0.0.0:9000:9000/udp"];
  const echo = [tools, "nc", "-ll", "-p", "9000", "-e", "cat"];
  await alice.out("run", "-d", "--name", "echo", "--restart", "always", ...everywhere, ...echo);
  await newNeighbour();
});
afterAll(() => host?.stop());

describe("from outside", () => {
  // The front door listens by IPv6 only where clients come by it.
  test.each([
    ["ipv4", { open: [2376], refused: [] }],
    ["ipv6", { open: [], refused: [2376] }],
  ] as const)("no port says anything by %s but the front door's", async (family, frontDoor) => {
    expect(await scanned(machine[family], 1, 65535)).toEqual(frontDoor);
  });

  test("a container is not reached by its own address either", async () => {
    const address = await alice.out("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "echo");
    await asNeighbour(`ip route add ${address} via ${machine.ipv4}`);
    expect(await scanned(address, 8999, 9001)).toEqual({ open: [], refused: [] });
  });

  test("what a container publishes on every address by hand is reached without the firewall", async () => {
    await host.asRoot("nft delete table inet remote_docker");
    for (const address of Object.values(machine))
      expect(await scanned(address, 8999, 9001)).toEqual({ open: [9000], refused: [8999, 9001] });
  });

  test("a firewall that somebody has flushed is back with the next transaction", async () => {
    expect(await host.provision({})).toEqual({ frontDoor: "none", daemon: "none", firewall: "load" });
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
    expect(await host.provision({})).toEqual({ frontDoor: "none", daemon: "none" });
  });

  test("a rule that somebody has added is gone with the next transaction", async () => {
    await host.asRoot("nft insert rule inet remote_docker from_outside tcp dport 9000 accept");
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [9000], refused: [] });
    expect(await host.provision({})).toEqual({ frontDoor: "none", daemon: "none", firewall: "load" });
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
  });
});

test("no transaction leaves a unit of systemd's that has changed on the disk", async () => {
  await host.provision({ clients: ["alice", "bob"] });
  await host.provision({});
  const units = "docker.service remote-docker-firewall.service remote-docker-containers.service";
  expect(await host.asRoot(`systemctl show -P NeedDaemonReload ${units} | sort -u | xargs`)).toBe("no");
});

describe("from inside", () => {
  test("the machine itself reaches a published port", async () => {
    expect(await host.asRoot("echo hello | socat -t5 - TCP:127.0.0.1:9000")).toBe("hello");
  });

  test.each(["bridge", "own"])(
    "a container of the network %s reaches a published port of the machine's",
    async (network) => {
      if (network === "own") await alice.out("network", "create", network);
      const ask = `echo hello | nc -w 5 ${machine.ipv4} 9000`;
      expect(await alice.out("run", "--rm", "--network", network, tools, "sh", "-c", ask)).toBe("hello");
    },
  );
});

describe("a port that the configuration opens", () => {
  const opened = { openPorts: [{ port: 9000, protocol: "tcp" } as const] };

  test("is reached, and until it is closed again nobody's connection ends, nor does it by that", async () => {
    const stream = await host.connection("alice");
    expect(await host.provision(opened)).toEqual({ frontDoor: "none", daemon: "none", firewall: "load" });
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [9000], refused: [] });

    await host.asRoot("mkfifo /run/connected /run/go");
    const lasting = asNeighbour(`python3 - ${machine.ipv4} 9000`, fixture("lastingConnection.py"));
    await host.asRoot("cat /run/connected");
    expect(await host.provision({})).toEqual({ frontDoor: "none", daemon: "none", firewall: "load" });
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
    await host.asRoot("echo >/run/go");
    expect(await lasting).toBe("still there");

    expect(stream.readyState).toBe("open");
    stream.destroy();
  });
});

describe("rules that can't be loaded", () => {
  afterEach(() => host.asRoot("rm -f /usr/local/sbin/nft"));

  test("are not taken up, and those of before hold", async () => {
    // Not where it only looks what the kernel makes of the rules, in a network of its own.
    await shim("nft", "[[ $* == -f* && /proc/self/ns/net -ef /proc/1/ns/net ]]");
    const { status, stderr } = await host.transaction({ openPorts: [{ port: 9000, protocol: "tcp" }] });
    expect(status).not.toBe(0);
    expect(stderr).toContain("the daemon runs as before");
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
  });

  test("because nft refuses them are refused before anything changes", async () => {
    await shim("nft", "[[ $* == -c* ]]");
    const { status, stderr } = await host.transaction({
      clients: ["alice", "bob"],
      openPorts: [{ port: 9000, protocol: "tcp" }],
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain("no such thing");
    expect(stderr).toContain("nothing was changed");
    expect(await host.admitted()).not.toContain("bob");
  });

  test("because the machine has no nftables are said to be missing, and everything else goes on", async () => {
    await host.asRoot("mv /usr/sbin/nft /usr/sbin/nft.away");
    expect(await host.provision({ clients: ["alice", "bob"] })).toMatchObject({ firewall: "missing" });
    await host.asRoot("mv /usr/sbin/nft.away /usr/sbin/nft");
    expect(await host.provision({})).not.toHaveProperty("firewall");
  });
});

test("a machine from before the firewall gets it without a restart of anything, and loses it again where that change fails", async () => {
  await host.asRoot(`
    rm -r /etc/remote-docker/current/firewall /etc/systemd/system/remote-docker-firewall.service
    rm /etc/systemd/system/multi-user.target.wants/remote-docker-firewall.service
    nft delete table inet remote_docker; systemctl daemon-reload`);
  const stream = await host.connection("alice");
  await shim("curl", "nft list table inet remote_docker 2>/dev/null");
  const { status, stderr } = await host.transaction({});
  await host.asRoot("rm /usr/local/sbin/curl");
  expect(status).not.toBe(0);
  expect(stderr).toContain("the daemon runs as before");
  expect((await scanned(machine.ipv4, 8999, 9001)).open).toEqual([9000]);
  expect(await host.provision({})).toEqual({ frontDoor: "none", daemon: "none", firewall: "load" });
  expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
  stream.destroy();
});

test("it is back at once when nftables.service, which flushes every table, is restarted or reloaded", async () => {
  await host.asRoot("systemctl start nftables.service");
  for (const action of ["restart", "reload"]) {
    await host.asRoot(`systemctl ${action} nftables.service`);
    expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
  }
});

test("after a reboot it stands before the network does", async () => {
  await host.guest.losePower!();
  await host.client("alice").out("version");
  await newNeighbour();
  expect(await scanned(machine.ipv4, 8999, 9001)).toEqual({ open: [], refused: [] });
  const order = "systemctl show -P Before remote-docker-firewall.service";
  expect((await host.asRoot(order)).split(" ")).toContain("network-pre.target");
});

/** Puts a command in front of the real one, which fails the first time that a condition holds. */
async function shim(command: string, condition: string): Promise<void> {
  const script = `#!/bin/bash
if [[ ! -e /run/failed ]] && { ${condition}; } >/dev/null; then
  touch /run/failed
  echo "no such thing" >&2
  exit 1
fi
exec /usr/bin/env PATH=/usr/sbin:/usr/bin ${command} "$@"
`;
  await host.asRoot(
    `rm -f /run/failed; cat >/usr/local/sbin/${command} <<'END'\n${script}END\nchmod 755 /usr/local/sbin/${command}`,
  );
}

/** A network namespace with a way to the machine: whoever is there comes from outside. */
async function newNeighbour(): Promise<void> {
  await host.asRoot(`
    ip netns add outside
    ip link add near type veth peer name far netns outside
    ip address add ${machine.ipv4}/24 dev near
    ip address add ${machine.ipv6}/64 dev near nodad
    ip link set near up
    ip -n outside address add 192.0.2.2/24 dev far
    ip -n outside address add 2001:db8::2/64 dev far nodad
    ip -n outside link set far up
    ip -n outside link set lo up`);
}

function asNeighbour(command: string, input = ""): Promise<string> {
  return host.asRoot(`ip netns exec outside ${command} <<'END'\n${input}END\n`);
}

/** Which ports of an address accept a connection, and which refuse it; the others are silent. */
async function scanned(
  address: string,
  first: number,
  last: number,
): Promise<{ open: number[]; refused: number[] }> {
  const found = await asNeighbour(`python3 - ${address} ${first} ${last}`, fixture("scan.py"));
  return JSON.parse(found) as { open: number[]; refused: number[] };
}
