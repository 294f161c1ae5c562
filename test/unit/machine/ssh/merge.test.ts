import { daemonConfiguration } from "../../../../components/daemon/daemonJson";
import type { DockerFacts } from "../../../../components/machine/ssh/facts";
import { merge } from "../../../../components/machine/ssh/merge";
import { docker } from "./facts";

const merged = (theirs: Partial<DockerFacts>, daemon = {}, extra = {}, putAside: string[] = []) =>
  merge({ ...docker, ...theirs }, "2.6.12", daemon, extra, putAside);

function written(theirs: Partial<DockerFacts>, daemon = {}, extra = {}): Record<string, unknown> {
  return JSON.parse(
    daemonConfiguration(daemon, extra, "/tls", merged(theirs, daemon, extra).theirs),
  ) as Record<string, unknown>;
}

test("what the host's daemon has stays, and nothing else is added but what a shared daemon needs", () => {
  const configuration = { "log-driver": "journald", "userns-remap": "default", "data-root": "/srv/docker" };
  expect(merged({ configuration }).problems).toEqual([]);
  expect(written({ configuration })).toEqual({
    ...configuration,
    hosts: ["fd://", "tcp://127.0.0.1:2378"],
    tlsverify: true,
    tlscacert: "/tls/ca.pem",
    tlscert: "/tls/cert.pem",
    tlskey: "/tls/key.pem",
    "live-restore": true,
    debug: false,
    labels: [],
    "registry-mirrors": [],
  });
});

test("what stands on dockerd's command line stays there, and is not in the file as well", () => {
  const theirs = {
    arguments: ["-H", "fd://", "--log-driver=journald", "--storage-driver", "overlay2", "-D"],
  };
  expect(merged(theirs).theirs.arguments).toEqual([
    "--log-driver=journald",
    "--storage-driver",
    "overlay2",
    "-D",
  ]);
  expect(written(theirs)).not.toHaveProperty("debug");
});

test("without systemd's socket dockerd makes its own, and further sockets of theirs stay", () => {
  const theirs = { socketActivated: false, arguments: ["-H", "unix:///srv/docker.sock"] };
  expect(written(theirs).hosts).toEqual([
    "unix:///run/docker.sock",
    "unix:///srv/docker.sock",
    "tcp://127.0.0.1:2378",
  ]);
});

test("a dockerd before 24.0 gets no key that it doesn't know", () => {
  expect(written({ version: "20.10.24" }, { ip: "127.0.0.1" })).not.toHaveProperty("default-network-opts");
  expect(written({ version: "26.1.5" }, { ip: "127.0.0.1" })).toHaveProperty("default-network-opts");
});

test.each<[string, Partial<DockerFacts>, object, RegExp]>([
  [
    "a listener of theirs",
    { configuration: { hosts: ["tcp://0.0.0.0:2375"] } },
    {},
    /hosts = tcp:\/\/0\.0\.0\.0:2375.*ssh\.putAside: \[hosts\]/,
  ],
  ["certificates of theirs", { configuration: { tlscacert: "/x" } }, {}, /tlscacert = "\/x".*needs its own/],
  ["a log that says nothing", { arguments: ["--log-level=error"] }, {}, /log-level = "error"/],
  [
    "another value of an option",
    { configuration: { "log-driver": "journald" } },
    { logDriver: "json-file" },
    /log-driver = "journald", and this stack's is "json-file": leave it out of one of them/,
  ],
  [
    "a listener on loopback",
    { arguments: ["-H", "tcp://127.0.0.1:2375"] },
    {},
    /daemon\.plainListener: true/,
  ],
])("%s contradicts, and the ways out are named", (_, theirs, daemon, message) => {
  expect(
    merged(theirs, daemon)
      .problems.map(({ reason }) => reason)
      .join("\n"),
  ).toMatch(message);
});

test("what is put aside contradicts no more", () => {
  const theirs = { configuration: { hosts: ["tcp://0.0.0.0:2375"], tlscacert: "/x" } };
  expect(merged(theirs, {}, {}, ["hosts", "tlscacert"])).toMatchObject({
    problems: [],
    theirs: { members: {} },
  });
});

test("a plain listener on loopback is the front door's from now on, if it is asked for", () => {
  const theirs = { arguments: ["-H", "tcp://127.0.0.1:2375"] };
  expect(merged(theirs, { plainListener: true }).problems).toEqual([]);
});
