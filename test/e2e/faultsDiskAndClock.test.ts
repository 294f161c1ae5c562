import { faultyHosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(300_000);

const both = { clients: ["alice", "bob"] };

describe.each(faultyHosts)("on $name", ({ start }) => {
  let host: Provisioned;

  beforeAll(async () => {
    host = await start();
    await host.provision(both);
  });
  afterAll(() => host?.stop());

  describe("a disk that is full", () => {
    afterEach(() => host.asRoot("rm -f /var/most /var/rest"));

    test.each([
      ["to the last block", 0],
      ["but for what a part of the configuration needs", 24_576],
    ])(
      "%s, keeps no removed client in, is said to be it, and is over once there is room",
      async (_, left) => {
        await host.provision(both);
        const connection = await host.connection("bob");
        const ended = new Promise((resolve) => connection.once("close", resolve));
        await host.asRoot(fill(left));

        const { status, stderr } = await host.transaction({ clients: ["alice"], daemon: { debug: true } });
        await ended;
        expect(status).not.toBe(0);
        expect(stderr).toContain("is the disk full");
        expect(stderr).toContain("no longer admitted: bob");
        expect(stderr).not.toMatch(/no client trusts|locked out|allow-list is empty/);
        expect(await host.admitted()).toEqual(["alice"]);
        expect(await refusalOf(host.client("bob"))).not.toBe("");
        expect(await refusalOf(host.client("alice"))).toBe("");

        await host.asRoot("rm -f /var/most /var/rest");
        const wanted = { clients: ["alice"], daemon: { debug: true } };
        expect(await host.provision(wanted)).toMatchObject({ daemon: "reload" });
        expect(await host.provision(wanted)).toEqual({ frontDoor: "none", daemon: "none" });
        expect(await host.asRoot("ls /etc/remote-docker/sets | wc -l")).toBe("1");
      },
    );
  });

  describe("a machine's clock that is behind the certificates", () => {
    test("by seconds is waited for, and the new client comes in at once", async () => {
      await host.provision({ clients: ["alice"] });
      host.pki.signed("soon", "root", "clientAuth", { issued: "+12s" });
      const { status, stderr } = await host.transaction({ clients: ["alice", "soon"] });
      expect(await refusalOf(host.client("soon"))).toBe("");
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.stringContaining("waiting until the certificates are valid"),
      });
    });

    // A container's clock is this computer's, which nobody can set from inside.
    test("by minutes, and can't be set, is refused before anything changes", async () => {
      await host.provision({ clients: ["alice"] });
      host.pki.signed("late", "root", "clientAuth", { issued: "+10m" });
      const { status, stderr } = await host.transaction({
        clients: ["alice", "late"],
        daemon: { debug: true },
      });
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/the machine's clock is \d+ s behind/);
      expect(stderr).toContain("set the clock");
      expect(stderr).toContain("nothing was changed");
      expect(await host.admitted()).toEqual(["alice"]);
      expect(await host.client("alice").out("info", "--format", "{{.Debug}}")).toBe("false");
    });
  });
});

/** Fills the machine's disk but for so many bytes. */
function fill(left: number): string {
  const leave = left === 0 ? "" : `truncate -s -${left} /var/rest; sync`;
  return `fallocate -l 64G /var/most 2>/dev/null; cat /dev/zero >/var/rest 2>/dev/null || true; ${leave}`;
}
