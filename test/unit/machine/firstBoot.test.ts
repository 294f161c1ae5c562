import { parse } from "yaml";
import {
  bootstrapHostKeyIn,
  type FirstBootArgs,
  firstBootUserData,
} from "../../../components/machine/firstBoot";

interface CloudConfig {
  hostname: string;
  users: Record<string, unknown>[];
  ssh_deletekeys: boolean;
  ssh_keys: Record<string, string>;
  write_files: { path: string; content: string }[];
  runcmd: string[][];
}

const args: FirstBootArgs = {
  hostname: "remote-docker-dev",
  operatorPublicKey: "ssh-ed25519 AAAAoperator\n",
  bootstrapHostKeyPrivate:
    "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret: \"#'\n-----END OPENSSH PRIVATE KEY-----\n",
  bootstrapHostKeyPublic: "ssh-ed25519 AAAAbootstrap\n",
  installPackages: false,
};

function configuration(changes: Partial<FirstBootArgs> = {}): CloudConfig {
  const text = firstBootUserData({ ...args, ...changes });
  expect(text).toMatch(/^#cloud-config\n/);
  return parse(text) as CloudConfig;
}

function written(path: string): string | undefined {
  return configuration().write_files.find((file) => file.path === path)?.content;
}

test("the only account is provision, with the operator's key alone, sudo and no password", () => {
  expect(configuration().users).toEqual([
    expect.objectContaining({
      name: "provision",
      lock_passwd: true,
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      ssh_authorized_keys: ["ssh-ed25519 AAAAoperator"],
    }),
  ]);
});

test("the bootstrap host key arrives as it is and is the only one", () => {
  const { ssh_keys, ssh_deletekeys } = configuration();
  expect(ssh_keys).toEqual({
    ed25519_private: args.bootstrapHostKeyPrivate,
    ed25519_public: "ssh-ed25519 AAAAbootstrap",
  });
  expect(ssh_deletekeys).toBe(true);
});

test("before the first transaction sshd listens on loopback and the front door leads to it alone", () => {
  expect(written("/etc/ssh/sshd_config.d/10-remote-docker.conf")).toMatch(/^ListenAddress 127\.0\.0\.1:22$/m);
  const frontDoor = written("/etc/haproxy/haproxy.cfg");
  expect(frontDoor).toMatch(/server sshd 127\.0\.0\.1:22/);
  expect(frontDoor).not.toMatch(/2378/);
});

test("nothing answers names on the network", () => {
  expect(written("/etc/systemd/resolved.conf.d/remote-docker.conf")).toBe(
    "[Resolve]\nLLMNR=no\nMulticastDNS=no\n",
  );
});

const updates = "/etc/apt/apt.conf.d/60remote-docker";

test("no machine upgrades by itself what would end builds, and one whose kernel is outside no kernel", () => {
  expect(written(updates)).toMatch(
    /Blacklist \{ "docker"; "containerd"; "runc"; "haproxy"; "linux-image-"; \};/,
  );
  expect(written(updates)).toMatch(/Unattended-Upgrade "1";[^]*Automatic-Reboot "false";/);
  const { write_files } = configuration({ installPackages: true });
  const aws = write_files.find(({ path }) => path === updates)?.content;
  expect(aws).toMatch(/"haproxy"; \};/);
});

const installer = "/usr/local/sbin/remote-docker-first-boot";

test("packages are installed only on a machine whose image lacks them", () => {
  expect(written(installer)).toBeUndefined();
  const { runcmd, write_files } = configuration({ installPackages: true });
  expect(write_files.map(({ path }) => path)).toContain(installer);
  expect(runcmd.at(-1)).toEqual([installer]);
});

test("the front door is opened before anything else is installed", () => {
  const { write_files } = configuration({ installPackages: true });
  const script = write_files.find(({ path }) => path === installer)?.content ?? "";
  const order = script.slice(script.indexOf("first_boot() {"));
  expect(order.indexOf("open_front_door")).toBeLessThan(order.indexOf("mount_data_volume"));
  expect(order.indexOf("mount_data_volume")).toBeLessThan(order.indexOf("install_docker"));
});

test("a machine whose image was made from another one doesn't take that one's first boot for its own", () => {
  const { write_files } = configuration({ installPackages: true });
  const state = "/var/lib/remote-docker/first-boot";
  expect(write_files.find(({ path }) => path === state)?.content).toBe("running\n");
});

test("the data volume is known to the machine by its serial number, the id without the hyphen", () => {
  const { runcmd } = configuration({ installPackages: true, dataVolume: "vol-0123456789abcdef0" });
  expect(runcmd.at(-1)).toEqual([installer, "vol0123456789abcdef0"]);
});

test("a machine's first boot tells the public part of its bootstrap host key later on", () => {
  expect(bootstrapHostKeyIn(firstBootUserData(args))).toBe("ssh-ed25519 AAAAbootstrap");
});

test("user data that EC2 would not take is refused", () => {
  expect(() => firstBootUserData({ ...args, hostname: "h".repeat(16 * 1024) })).toThrow(/16384/);
});
