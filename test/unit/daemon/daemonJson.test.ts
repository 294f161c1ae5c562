import fc from "fast-check";
import { daemonConfiguration, restartConfiguration } from "../../../components/daemon/daemonJson";
import { containerDropIn, containersUnit, dockerDropIn } from "../../../components/daemon/systemd";

const tls = "/etc/remote-docker/current/restart";

test("without options dockerd does mutual TLS on loopback alone, rotates logs and publishes ports on loopback", () => {
  expect(JSON.parse(daemonConfiguration({}, {}, tls))).toEqual({
    hosts: ["fd://", "tcp://127.0.0.1:2378"],
    tlsverify: true,
    tlscacert: `${tls}/ca.pem`,
    tlscert: `${tls}/cert.pem`,
    tlskey: `${tls}/key.pem`,
    "log-driver": "json-file",
    "log-opts": { "max-size": "10m", "max-file": "3" },
    ip: "127.0.0.1",
    debug: false,
    "live-restore": true,
    "data-root": "/var/lib/docker",
    "registry-mirrors": [],
    builder: { gc: { enabled: true, defaultKeepStorage: "10GB" } },
    labels: [],
    "default-network-opts": { bridge: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" } },
  });
});

test("networks that users make publish ports where the default one does, with what is passed through besides", () => {
  const binding = (ip: string) => ({ "com.docker.network.bridge.host_binding_ipv4": ip });
  const written = (ip: string, given?: object) => {
    const extra = given === undefined ? {} : { "default-network-opts": given };
    return JSON.parse(daemonConfiguration({ ip }, extra, tls))["default-network-opts"];
  };
  expect(written("192.0.2.1")).toEqual({ bridge: binding("192.0.2.1") });
  expect(written("::1")).toEqual({ bridge: binding("127.0.0.1") });
  const mtu = { "com.docker.network.driver.mtu": "1400" };
  expect(written("127.0.0.1", { bridge: mtu, macvlan: mtu })).toEqual({
    bridge: { ...binding("127.0.0.1"), ...mtu },
    macvlan: mtu,
  });
});

test("every option arrives under dockerd's own name", () => {
  const options = {
    logMaxSize: "1g",
    logMaxFiles: 7,
    dns: ["192.0.2.53", "2001:db8::53"],
    ip: "0.0.0.0",
    debug: true,
    liveRestore: false,
    dataRoot: "/srv/docker",
    registryMirrors: ["https://mirror.example.com"],
    builderGc: { enabled: false },
    labels: ["team=build"],
  };
  expect(JSON.parse(daemonConfiguration(options, { mtu: 1400 }, tls))).toMatchObject({
    "log-opts": { "max-size": "1g", "max-file": "7" },
    dns: ["192.0.2.53", "2001:db8::53"],
    ip: "0.0.0.0",
    debug: true,
    "live-restore": false,
    "data-root": "/srv/docker",
    "registry-mirrors": ["https://mirror.example.com"],
    builder: { gc: { enabled: false, defaultKeepStorage: "10GB" } },
    labels: ["team=build"],
    mtu: 1400,
  });
});

test("with journald there is no rotation of files", () => {
  const written = JSON.parse(daemonConfiguration({ logDriver: "journald" }, {}, tls));
  expect(written["log-driver"]).toBe("journald");
  expect(written).not.toHaveProperty("log-opts");
});

test("an option that is undefined has its default", () => {
  const without = daemonConfiguration({}, {}, tls);
  expect(daemonConfiguration({ ip: undefined, labels: undefined, builderGc: {} }, {}, tls)).toBe(without);
});

test("the order of passed-through keys is no change", () => {
  const one = daemonConfiguration({}, { mtu: 1400, "shutdown-timeout": 5 }, tls);
  expect(daemonConfiguration({}, { "shutdown-timeout": 5, mtu: 1400 }, tls)).toBe(one);
});

test("whatever is passed through, the daemon's TLS and its hosts stay", () => {
  const own = JSON.parse(daemonConfiguration({}, {}, tls));
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("hosts", "tlsverify", "tlscacert", "ip", "x"), fc.jsonValue()),
      (extra) => {
        const written = JSON.parse(daemonConfiguration({}, extra, tls));
        for (const key of Object.keys(own)) expect(written[key]).toEqual(own[key]);
      },
    ),
  );
});

test.each([
  { debug: true },
  { labels: ["a=b"] },
  { liveRestore: false },
  { registryMirrors: ["https://m.example.com"] },
])("%j needs no restart", (options) => {
  expect(daemonConfiguration(options, {}, tls)).not.toBe(daemonConfiguration({}, {}, tls));
  expect(restartConfiguration(options, {}, tls)).toBe(restartConfiguration({}, {}, tls));
});

test.each([{ ip: "0.0.0.0" }, { dns: ["192.0.2.53"] }, { logMaxFiles: 4 }, { dataRoot: "/srv/docker" }])(
  "%j needs a restart",
  (options) => {
    expect(restartConfiguration(options, {}, tls)).not.toBe(restartConfiguration({}, {}, tls));
  },
);

test("dockerd gets no argument, since a key may not be in daemon.json and on its command line", () => {
  expect(dockerDropIn()).toContain("ExecStart=\nExecStart=dockerd\n");
});

test("live-restored containers are ended at a shutdown, after dockerd", () => {
  expect(containersUnit()).toContain("Before=docker.service\n");
  expect(containersUnit()).toContain('ExecStop=systemctl stop "docker-*.scope"\n');
});

test("a container gets no more than ten seconds at a shutdown", () => {
  expect(containerDropIn()).toContain("[Scope]\nTimeoutStopSec=10s\n");
});
