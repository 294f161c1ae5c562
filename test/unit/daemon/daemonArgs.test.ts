import { daemonSchema } from "../../../components/daemon/daemonArgs";
import { daemonProblems } from "../../../components/daemon/problems";
import { problems } from "../../../components/validation";

test("the examples of every option are accepted", () => {
  const options = {
    logDriver: "json-file",
    logMaxSize: "10m",
    logMaxFiles: 3,
    dns: ["192.0.2.53"],
    ip: "127.0.0.1",
    debug: false,
    liveRestore: true,
    dataRoot: "/var/lib/docker",
    registryMirrors: ["https://mirror.example.com"],
    builderGc: { enabled: true, keepStorage: "10GB" },
    labels: ["team=build"],
    plainListener: true,
  };
  expect(problems(daemonSchema, options, "daemon")).toEqual([]);
  expect(daemonProblems({}, { "max-concurrent-uploads": 3, "metrics-addr": "127.0.0.1:9323" })).toEqual([]);
});

test.each([
  [{ logDriver: "syslog" }, 'daemon.logDriver: "syslog" is not a log driver; write json-file or journald'],
  [{ logMaxSize: "10 MB" }, 'daemon.logMaxSize: "10 MB" is not a size like 10m'],
  [
    { logMaxFiles: 0 },
    "daemon.logMaxFiles: 0 is not a number of log files; write a whole number from 1 to 100",
  ],
  [{ dns: ["dns.example.com"] }, 'daemon.dns[0]: "dns.example.com" is not the IP address of a DNS server'],
  [{ dns: "192.0.2.53" }, 'daemon.dns: "192.0.2.53" is not a list of IP addresses'],
  [{ ip: "localhost" }, 'daemon.ip: "localhost" is not an IP address of the machine'],
  [{ debug: "yes" }, 'daemon.debug: "yes" is not true or false'],
  [{ dataRoot: "docker" }, 'daemon.dataRoot: "docker" is not an absolute path'],
  [{ dataRoot: "/" }, 'daemon.dataRoot: "/" is not an absolute path'],
  [{ dataRoot: "/var/../etc" }, 'daemon.dataRoot: "/var/../etc" is not an absolute path'],
  [
    { registryMirrors: ["mirror.example.com"] },
    'daemon.registryMirrors[0]: "mirror.example.com" is not the URL',
  ],
  [{ registryMirrors: ["https://u@m.example.com"] }, "is not the URL of a registry"],
  [{ registryMirrors: ["https://m.example.com/v2"] }, "is not the URL of a registry without a path"],
  [
    { builderGc: { keepStorage: "10 gigabytes" } },
    'daemon.builderGc.keepStorage: "10 gigabytes" is not a size like 10GB',
  ],
  [{ labels: ["build"] }, 'daemon.labels[0]: "build" is not a label like team=build'],
  [{ plainListener: "0.0.0.0" }, 'daemon.plainListener: "0.0.0.0" is not true or false'],
  [{ tlsverify: false }, "daemon.tlsverify: there is no such key; remove it, or write one of logDriver"],
])("%j is refused by name, value and remedy", (options, expected) => {
  const found = problems(daemonSchema, options, "daemon").map(
    ({ propertyPath, reason }) => `${propertyPath}: ${reason}`,
  );
  expect(found).toEqual([expect.stringContaining(expected)]);
});

test.each(["hosts", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey", "api-cors-header"])(
  "%s can't be passed through",
  (key) => {
    const [problem] = daemonProblems({}, { [key]: "anything" });
    expect(problem).toMatchObject({
      propertyPath: `daemonExtra.${key}`,
      reason: expect.stringContaining("remove it"),
    });
  },
);

test("a key that has an option of its own is refused, and the option named", () => {
  expect(daemonProblems({}, { "data-root": "/srv" })).toEqual([
    {
      propertyPath: "daemonExtra.data-root",
      reason: "is what daemon.dataRoot writes; remove it and write that one",
    },
  ]);
});

test.each(["0.0.0.0:9323", "192.0.2.1:9323", ":9323", "127.0.0.1", 9323])(
  "metrics at %j would be in the open and are refused",
  (address) => {
    expect(daemonProblems({}, { "metrics-addr": address })).toHaveLength(1);
  },
);

test.each(["127.0.0.1:9323", "localhost:9323", "[::1]:9323"])("metrics at %j are fine", (address) => {
  expect(daemonProblems({}, { "metrics-addr": address })).toEqual([]);
});

test("rotation of files is refused with the journal as log", () => {
  expect(daemonProblems({ logDriver: "journald", logMaxFiles: 3 }, {})).toEqual([
    {
      propertyPath: "daemon.logMaxFiles",
      reason: expect.stringContaining("has no meaning with logDriver journald"),
    },
  ]);
});

test("Swarm and live-restore are refused together", () => {
  const extra = { "swarm-default-advertise-addr": "192.0.2.1" };
  expect(daemonProblems({}, extra)).toHaveLength(1);
  expect(daemonProblems({ liveRestore: false }, extra)).toEqual([]);
});
