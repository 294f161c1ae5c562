import { hosts } from "../support/hosts";
import type { Provisioned, Wanted } from "../support/provisioned";

jest.setTimeout(300_000);

let host: Provisioned;
let one: Wanted;
let both: Wanted;
let two: Wanted;

describe.each(hosts)("on $name", ({ start }) => {
  beforeAll(async () => {
    host = await start();
    host.pki.selfSigned("root-2");
    const names = ["alice", "bob", "carol", "dora"];
    for (const name of names) host.pki.signed(`${name}-2`, "root-2", "clientAuth", { commonName: name });
    const [old, renewed] = [
      [...names, "health"],
      [...names.map((name) => `${name}-2`), "health"],
    ];
    const movers = { clients: names.map((name) => host.pki.client(`${name}-2`)), leaveBehind: ["dora"] };
    one = { clients: old, movers };
    both = { clients: [...old, ...renewed.slice(0, -1)], roots: ["root", "root-2"], movers };
    host.pki.signed("server-2", "root-2", "serverAuth");
    two = { clients: both.clients, roots: ["root-2"], server: "server-2", movers };
    await host.provision(one);
  });
  afterAll(() => host?.stop());

  test("a root that nobody trusts yet can't take the place of the one that everybody trusts", async () => {
    expect(await refusal(two)).toContain('set rotation.root to the two, like "1+2"');
  });

  test("two roots can be trusted at once, and nobody has moved over at first", async () => {
    expect(await host.provision(both)).toEqual({ frontDoor: "reload", daemon: "none" });
    expect((await host.curl(...host.pki.shown("carol").curl)).status).toBe(0);
    expect(await notMovedOver()).toBe('["alice","bob","carol"]\n');
  });

  test("a certificate that `up` tries doesn't count as its client's first use", async () => {
    await host.tryCertificate("alice-2");
    expect(await notMovedOver()).toBe('["alice","bob","carol"]\n');
  });

  test("a client has moved over once it has come in with its new certificate", async () => {
    expect((await host.curl(...host.pki.shown("alice-2").curl)).status).toBe(0);
    expect(await notMovedOver()).toBe('["bob","carol"]\n');
  });

  test("the old root stays while somebody relies on it who stays and isn't left behind", async () => {
    const withoutCarol = two.clients?.filter((name) => !name.startsWith("carol"));
    const said = await refusal({ ...two, clients: withoutCarol }, "nothing was changed apart from that");
    expect(said).toContain("a certificate of the other one: bob. ");
    expect(said).toContain("no longer admitted: carol\n");
    await host.provision(both);
  });

  test("a connection that is still open counts, even one that an old worker has", async () => {
    const open = [await host.connection("bob-2"), await host.connection("carol-2")];
    await host.provision({ ...both, daemon: { plainListener: true } });
    expect(await notMovedOver()).toBe("[]\n");
    expect(await host.provision(two)).toEqual({ frontDoor: "reload", daemon: "none" });
    expect(open.map(({ readyState }) => readyState)).toEqual(["open", "open"]);
    open.forEach((connection) => connection.destroy());
    expect((await host.curl(...host.pki.shown("dora").curl)).status).not.toBe(0);
  });
});

/** A transaction that must be refused before anything is changed; what it said. */
async function refusal(wanted: Wanted, last = "nothing was changed"): Promise<string> {
  const state = "readlink /etc/remote-docker/current; ls /etc/remote-docker/sets; pgrep haproxy";
  const before = await host.asRoot(state);
  const { status, stderr } = await host.transaction(wanted);
  expect(status).not.toBe(0);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(last);
  expect(await host.asRoot(state)).toBe(before);
  return stderr;
}

const notMovedOver = () => host.notMovedOver(both.movers!);
