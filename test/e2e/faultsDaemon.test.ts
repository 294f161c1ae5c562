import { type DockerClient, tools } from "../support/dockerClient";
import { faultyHosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(300_000);

const dropIn = "/etc/systemd/system/docker.service.d/99-fault.conf";
const wanted = { clients: ["alice"] };

describe.each(faultyHosts)("on $name", ({ start }) => {
  let host: Provisioned;
  let alice: DockerClient;

  beforeAll(async () => {
    host = await start();
    await host.provision(wanted);
    alice = host.client("alice");
    await alice.importTools();
  });
  afterAll(() => host?.stop());

  test("a daemon that starts and then dies is said to, and the change is made once it no longer does", async () => {
    const lines = `[Service]\nExecStartPost=/bin/sh -c "kill -KILL $MAINPID"\n`;
    await host.asRoot(`printf %s '${lines}' >${dropIn}`);
    const changed = { ...wanted, daemon: { dns: ["192.0.2.53"] } };
    const { status, stderr } = await host.transaction(changed);
    expect(status).not.toBe(0);
    expect(stderr).toContain("putting the configuration back that was there before");
    expect(stderr).toContain("the daemon doesn't run as before either");
    expect(await host.admitted()).toEqual(["alice"]);

    await host.asRoot(`rm ${dropIn}; systemctl daemon-reload`);
    expect(await host.provision(changed)).toMatchObject({ daemon: "restart" });
    expect(await refusalOf(alice)).toBe("");
  });

  test.each([
    ["an expired one", "old-inner", "inner"],
    ["another issuer's", "other-inner", "other-issuer"],
  ])(
    "a daemon that starts and can't be reached by TLS, as its certificate is %s, has its former one back, and its containers go on",
    async (_, name, issuer) => {
      await host.provision(wanted);
      const container = await alice.out("run", "--detach", tools, "sleep", "1000");
      if (name === "other-inner") host.pki.selfSigned(issuer);
      host.pki.signed(name, issuer, "serverAuth", name === "old-inner" ? { issued: "-60d" } : {});
      const { status, stderr } = await host.transaction({ ...wanted, innerServer: name });
      expect(status).not.toBe(0);
      expect(stderr).toContain("the daemon doesn't answer through the front door");
      expect(stderr).toContain("the daemon runs as before");
      expect(await alice.out("inspect", "--format", "{{.State.Running}}", container)).toBe("true");
      await alice.out("rm", "--force", container);
      expect(await host.provision(wanted)).toEqual({ frontDoor: "none", daemon: "none" });
    },
  );

  test("a daemon that hangs while one of its options changes is ended, started anew, and its containers go on", async () => {
    const container = await alice.out("run", "--detach", tools, "sleep", "1000");
    await host.asRoot("pkill -STOP -x dockerd");
    expect(await host.provision({ ...wanted, daemon: { debug: true } })).toMatchObject({ daemon: "restart" });
    expect(await alice.out("inspect", "--format", "{{.State.Running}}", container)).toBe("true");
    await alice.out("rm", "--force", container);
  });

  test("of two transactions at once one is waited for by the other, and the last one's set is there as a whole", async () => {
    await host.provision({ clients: ["alice", "bob"] });
    const one = { clients: ["alice", "carol"], daemon: { debug: true } };
    const other = { clients: ["alice", "dora"], daemon: { labels: ["of=other"] } };
    const outcomes = await Promise.all([host.transaction(one), host.transaction(other)]);
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0]);
    const [, last] = await host.admitted();
    const debug = await alice.out("info", "--format", "{{.Debug}} {{.Labels}}");
    expect([last, debug]).toEqual(last === "carol" ? ["carol", "true []"] : ["dora", "false [of=other]"]);
    expect(await host.provision(last === "carol" ? one : other)).toEqual({
      frontDoor: "none",
      daemon: "none",
    });
    expect(await host.asRoot("ls /etc/remote-docker/sets | wc -l")).toBe("1");
  });
});
