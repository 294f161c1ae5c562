import { type DockerClient, tools } from "../support/dockerClient";
import {
  type Fault,
  faults,
  FaultySteps,
  type HostState,
  type Injected,
} from "../support/faults/faultySteps";
import { everyStep, hosts } from "../support/hosts";
import type { Provisioned, Wanted } from "../support/provisioned";
import type { Running } from "../support/run";

jest.setTimeout(everyStep ? 6 * 3600_000 : 600_000);

/** Changes, there and back, and how many of their steps `npm test` tries for each fault. */
const changes: { name: string; there: Wanted; back: Wanted; few: Partial<Record<Fault, number>> }[] = [
  {
    name: "another client, and an option that a reload takes up",
    there: { clients: ["alice", "carol"], daemon: { debug: true } },
    back: { clients: ["alice", "bob"] },
    few: { fails: 3, killed: 2, full: 1, cut: 1, power: 1 },
  },
  {
    name: "another client, and a certificate of the server's",
    there: { clients: ["alice", "carol"], server: "server-2" },
    back: { clients: ["alice", "bob"] },
    few: { fails: 1 },
  },
];

/** With `npm run test:faults`: each n-th step, as some faults take longer to get over than others. */
const every: Record<Fault, number> = { fails: 1, killed: 1, full: 3, cut: 3, power: 20 };

let host: Provisioned;
let steps: FaultySteps;
let alice: DockerClient;
let streams: Running[] = [];

// Each host takes minutes for a few steps: adopted ones are tried where there are hours.
describe.each(hosts.filter(({ isAdopted }) => everyStep || !isAdopted))("on $name", ({ start }) => {
  beforeAll(async () => {
    host = await start();
    host.pki.signed("server-2", "root", "serverAuth");
    steps = await FaultySteps.on(host);
    await steps.keep();
  });
  afterAll(() => host?.stop());

  describe.each(changes)("a change: $name", ({ there, back, few }) => {
    let count: number;
    const settled = new Map<Wanted, string>();

    beforeAll(async () => {
      await host.provision(back);
      alice = host.client("alice");
      await alice.importTools();
      count = await steps.count(there);
      for (const wanted of [there, back]) {
        await host.provision(wanted);
        settled.set(wanted, (await steps.state()).current);
      }
      await openStreams();
    });
    afterAll(() => closeStreams());

    test.each(titled(everyStep ? faults : few))(
      "when a step of it %s, nobody is let in, and the next transaction mends it",
      async (_, fault) => {
        const faulty: string[] = [];
        let [wanted, former] = [there, back];
        for (const [index, at] of points(count, fault, few[fault]).entries()) {
          // The front door ends what is older than sixteen reloads, of which each of these makes two or three.
          if (index % 5 === 4) await openStreams();
          const injected = await steps.inject(wanted, fault, at);
          const after = await steps.state();
          const found = [
            ...gained(injected, after, wanted),
            ...whole(after, [settled.get(wanted)!, settled.get(former)!]),
            ...(injected.status === 0 ? different(after, wanted, settled.get(wanted)!) : []),
            ...(fault === "power" ? await openStreams() : await streamsGoOn(at)),
            ...(await converges(wanted, former, settled.get(wanted)!)),
          ];
          if (found.length > 0)
            faulty.push(`${at} (${injected.command}): ${found.join("; ")}\n${injected.stderr}`);
          [wanted, former] = [former, wanted];
        }
        if (wanted === back) await host.provision(back);
        expect(faulty).toEqual([]);
      },
    );
  });

  describe("the first transaction on a machine", () => {
    const wanted = { clients: ["alice"] };

    test.each(titled(everyStep ? faults : { fails: 1 }))(
      "when a step of it %s, it can be done again",
      async (_, fault) => {
        await steps.reset();
        const count = await steps.count(wanted);
        const { current } = await steps.state();
        const faulty: string[] = [];
        for (const at of points(count, fault, 1)) {
          await steps.reset();
          const injected = await steps.inject(wanted, fault, at);
          const after = await steps.state();
          const found = [
            ...gained(injected, after, wanted),
            ...whole(after, ["none", current]),
            ...(injected.status === 0 ? different(after, wanted, current) : []),
            ...(await converges(wanted, undefined, current)),
          ];
          if (found.length > 0)
            faulty.push(`${at} (${injected.command}): ${found.join("; ")}\n${injected.stderr}`);
        }
        expect(faulty).toEqual([]);
      },
    );
  });
});

function titled(some: Partial<Record<Fault, unknown>>): [string, Fault][] {
  return (Object.keys(some) as Fault[]).map((fault) => [faults[fault], fault]);
}

/** The steps to try: all that the fault is for, or some that lie well apart. */
function points(count: number, fault: Fault, few = 1): number[] {
  const between = everyStep ? every[fault] : Math.ceil(count / few);
  const first = everyStep ? 1 : Math.ceil(between / 2);
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    (at) => at % between === first % between,
  );
}

/** From the fault on nobody comes in who isn't wanted, unless they were in. */
function gained({ command, then }: Injected, after: HostState, { clients = [] }: Wanted): string[] {
  if (command === "") return [];
  const more = after.admitted.filter((name) => !clients.includes(name) && !then.admitted.includes(name));
  return more.map((name) => `${name} was let back in`);
}

function whole({ current }: HostState, sets: string[]): string[] {
  return sets.includes(current) ? [] : ["the current set is neither the old one nor the new one"];
}

function different(state: HostState, { clients = [] }: Wanted, current: string): string[] {
  const wanted = { admitted: clients, current, sets: [expect.any(String)], leftovers: [] };
  try {
    expect(state).toEqual(wanted);
    return [];
  } catch {
    return [`it was said to be done, but is ${JSON.stringify(state)}`];
  }
}

async function converges(wanted: Wanted, former: Wanted | undefined, current: string): Promise<string[]> {
  const { status, stderr } = await host.transaction(wanted);
  if (status !== 0) return [`the next transaction fails: ${stderr}`];
  const said = different(await steps.state(), wanted, current);
  for (const name of wanted.clients ?? []) {
    if ((await host.curl(...host.pki.shown(name).curl)).status !== 0) said.push(`${name} doesn't come in`);
  }
  for (const name of former?.clients ?? []) {
    if (wanted.clients?.includes(name)) continue;
    if ((await host.curl(...host.pki.shown(name).curl)).status === 0) said.push(`${name} still comes in`);
  }
  return said;
}

/** Of a client that stays: one that Docker's events come by, and one that leads into a container. */
async function openStreams(): Promise<string[]> {
  await closeStreams();
  const events = alice.start("events", "--since", await alice.out("info", "--format", "{{.SystemTime}}"));
  const container = alice.start("run", "--rm", "--interactive", tools, "cat");
  streams = [events, container];
  return streamsGoOn(0);
}

async function closeStreams(): Promise<void> {
  const [events, container] = streams;
  streams = [];
  await container?.finish();
  await events?.interrupt();
}

async function streamsGoOn(at: number): Promise<string[]> {
  const [events, container] = streams;
  const name = `seen-${at}-${Date.now()}`;
  try {
    container.type(`${name}\n`);
    await container.printsEventually(name);
    await alice.out("volume", "create", name);
    await events.printsEventually(`volume create ${name}`);
    await alice.out("volume", "rm", name);
    return [];
  } catch (error) {
    await openStreams();
    return [`what a client had open was ended: ${String(error)}`];
  }
}
