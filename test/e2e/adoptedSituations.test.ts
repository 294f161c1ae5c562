import { AdoptedHost, type Suite } from "../support/adopted/host";
import { containers, snapshotOf } from "../support/adopted/snapshot";
import { DockerClient, type DockerEnvironment, tools } from "../support/dockerClient";
import { succeeded } from "../support/run";
import { TestStack } from "../support/stack";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(10 * 60_000);

/** Hosts as people have configured them, a few situations in one. */
const situations: {
  name: string;
  suite: Suite;
  script: string;
  info: string;
  active: string;
}[] = [
  {
    name: "whose options are in /etc/default/docker, docker.socket masked, live-restore on, an HAProxy and nftables of its own",
    suite: "trixie",
    // Docker's unit needs its socket: who masks that has a unit of their own.
    script: String.raw`
      systemctl stop docker.service docker.socket
      sed '/^Requires=/d; s/ docker.socket//' /usr/lib/systemd/system/docker.service >/etc/systemd/system/docker.service
      printf '%s\n' '[Service]' 'EnvironmentFile=-/etc/default/docker' 'ExecStart=' \
        'ExecStart=/usr/sbin/dockerd -H unix:///var/run/docker.sock $DOCKER_OPTS' \
        >/etc/systemd/system/docker.service.d/override.conf
      echo 'DOCKER_OPTS="--data-root=/srv/docker --label site=here"' >>/etc/default/docker
      echo '{ "live-restore": true, "log-driver": "journald" }' >/etc/docker/daemon.json
      systemctl mask docker.socket
      systemctl daemon-reload
      systemctl start docker.service
      apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends haproxy
      printf '%s\n' defaults '    mode http' '    timeout client 10s' '    timeout server 10s' '    timeout connect 5s' \
        'frontend own' '    bind 127.0.0.1:8080' \
        '    http-request return status 200 content-type text/plain string "their own"' >/etc/haproxy/haproxy.cfg
      systemctl restart haproxy.service
      nft -f - <<'END'
table inet guard {
  chain incoming {
    type filter hook input priority 10; policy drop;
    iif "lo" accept
    ct state established,related accept
    tcp dport 22 accept
  }
}
END
    `,
    info: "true journald /srv/docker [site=here]",
    active: "masked",
  },
  {
    name: "whose docker.socket is disabled, with userns-remap, live-restore off and ufw",
    suite: "bookworm",
    script: String.raw`
      systemctl disable docker.socket
      systemctl stop docker.service docker.socket
      useradd --system dockremap
      echo dockremap:20000:30000 | tee /etc/subuid >/etc/subgid
      echo '{ "userns-remap": "default", "live-restore": false, "log-driver": "journald" }' >/etc/docker/daemon.json
      systemctl start docker.service
      apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends ufw
      ufw allow 22/tcp && ufw --force enable
    `,
    info: "true journald /srv/docker/20000.20000 []",
    active: "disabled",
  },
];

/** Why a preview is refused. */
async function refusalBy(stack: TestStack): Promise<string> {
  const { status, stdout, stderr } = await stack.preview();
  expect(status).not.toBe(0);
  return stdout + stderr;
}

describe.each(situations)("a host $name", ({ suite, script, info, active }) => {
  const stack = new TestStack();
  let host: AdoptedHost;
  let before: string[];
  let hostKey: string;

  function configure(ssh: object = {}, names = ["alice", "bob"]): void {
    stack.configure({
      machine: "ssh",
      ssh: { host: host.address, port: host.sshPort, user: "admin", keyFile: host.keyFile, hostKey, ...ssh },
      clients: names.map((name) => ({ name })),
    });
  }

  async function client(name: string): Promise<DockerClient> {
    const { clients } = (await stack.outputs()) as { clients: Record<string, DockerEnvironment> };
    return new DockerClient(clients[name]);
  }

  beforeAll(async () => {
    host = await AdoptedHost.start(suite);
    await host.out(`set -e; ${script}`);
    await host.importTools();
    await host.out(`docker run -d --name job ${tools} sleep 100000`);
    hostKey = await host.hostKey();
    await stack.init();
    configure();
  });

  afterAll(async () => {
    await stack.destroy();
    stack.remove();
    await host?.stop();
  });

  test("is refused while its firewall closes the port, with the command that opens it", async () => {
    const said = await refusalBy(stack);
    const command =
      /open it there.*: (ufw allow proto tcp from \S+ to any port 2376|nft add rule .* accept), and|open it there.*: (ufw allow .* 2376)/.exec(
        said,
      );
    expect(said).toMatch(/its firewall \((ufw|nftables, table inet guard)\) closes port 2376/);
    await host.out((command?.[1] ?? command?.[2] ?? "").replace("203.0.113.0/24", "0.0.0.0/0"));
    before = await snapshotOf(host);
  });

  test("becomes a shared daemon, while its container goes on, and one of two clients leaves", async () => {
    succeeded(await stack.up());
    const [alice, bob] = [await client("alice"), await client("bob")];
    expect(
      await alice.out(
        "info",
        "--format",
        "{{.LiveRestoreEnabled}} {{.LoggingDriver}} {{.DockerRootDir}} {{.Labels}}",
      ),
    ).toBe(info);
    expect(containers(await snapshotOf(host))).toEqual(containers(before));
    configure({}, ["alice"]);
    succeeded(await stack.up());
    expect(await refusalOf(bob)).not.toBe("");
    expect(await refusalOf(alice)).toBe("");
    expect(await host.out("curl -s http://127.0.0.1:8080")).toBe("their own");
    expect(await host.out("systemctl is-enabled docker.socket || true")).toBe(
      active === "masked" ? "masked" : "enabled",
    );
    succeeded(await stack.up("--expect-no-changes"));
    alice.remove();
    bob.remove();
  });

  test("is given back as it was, and its container has never stopped", async () => {
    succeeded(await stack.destroy());
    expect(await snapshotOf(host)).toEqual(before);
  });
});

describe("a host that isn't as it has to be", () => {
  const stack = new TestStack();
  let host: AdoptedHost;
  let hostKey: string;

  function configure(ssh: object = {}): void {
    stack.configure({
      machine: "ssh",
      ssh: { host: host.address, port: host.sshPort, user: "admin", keyFile: host.keyFile, hostKey, ...ssh },
      clients: [{ name: "alice" }],
    });
  }

  beforeAll(async () => {
    host = await AdoptedHost.start("trixie");
    hostKey = await host.hostKey();
    await stack.init();
  });

  afterAll(async () => {
    stack.remove();
    await host?.stop();
  });

  test("as its sudo asks for a password, is refused with the line that lets it do without", async () => {
    await host.out("echo 'admin ALL=(ALL) ALL' >/etc/sudoers.d/admin");
    configure();
    const line = "echo 'admin ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/remote-docker";
    expect(await refusalBy(stack)).toContain(line);
    await host.out(line.replace("sudo tee", "tee"));
    succeeded(await stack.preview());
    await host.out("rm /etc/sudoers.d/remote-docker");
  });

  test("as its sshd is at another port, is refused with the port that was tried", async () => {
    configure({ port: 2223 });
    expect(await refusalBy(stack)).toMatch(/can't be reached at port 2223: .*Connection refused/);
  });

  // The packages that would bring these can't be installed beside what runs here: their traces are as they leave them.
  test("as other Dockers and another program are in the way, is refused with all of them at once, and unchanged", async () => {
    await host.out(String.raw`
      set -e
      mkdir -p /home/admin/.config/systemd/user /root/package/DEBIAN
      printf '%s\n' '[Service]' 'ExecStart=/usr/bin/dockerd-rootless.sh' >/home/admin/.config/systemd/user/docker.service
      printf '%s\n' '#!/bin/sh' '[ "$1 $2" = "list docker" ] || exit 1' 'echo "Name    Version  Rev   Tracking       Publisher   Notes"' \
        'echo "docker  28.4.0   3377  latest/stable  canonical✓  -"' >/usr/bin/snap
      chmod 755 /usr/bin/snap
      printf '%s\n' 'Package: podman-docker' 'Version: 5.4.2' 'Architecture: all' 'Maintainer: nobody <nobody@example.com>' \
        'Description: docker for podman' >/root/package/DEBIAN/control
      dpkg-deb --build /root/package /root/podman-docker.deb && dpkg --force-conflicts --install /root/podman-docker.deb
      printf '%s\n' '[Socket]' 'ListenStream=2376' 'Accept=yes' >/etc/systemd/system/taken.socket
      printf '%s\n' '[Service]' 'ExecStart=/bin/true' >/etc/systemd/system/taken@.service
      systemctl daemon-reload && systemctl start taken.socket
    `);
    const before = await snapshotOf(host);
    configure({ user: "root" });
    const said = await refusalBy(stack);
    expect(said).toContain("snap remove docker");
    expect(said).toContain("dockerd-rootless-setuptool.sh uninstall");
    expect(said).toContain("apt-get remove podman-docker");
    expect(said).toContain("port 2376 is taken there by systemd");
    expect(await snapshotOf(host)).toEqual(before);
  });
});
