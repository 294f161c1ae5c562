import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import {
  type IssuedCertificate,
  issuedCertificates,
  shardOf,
} from "../../../components/authority/issuedCertificates";
import { mockPulumi, valueOf } from "../../support/mocks";

jest.setTimeout(120_000);

/** What a stack of the last release had: certificates, each the second one for its key, and its command's output. */
const recorded = JSON.parse(readFileSync(join(__dirname, "recorded/oneCommand.json"), "utf8")) as {
  certificates: { name: string; certificate: string }[];
  stdout: string;
};

/** What the commands printed the last time, by their names: the state is the only thing that is made up here. */
let state: Record<string, string> = {};
/** Which ran in the last update, and what those that failed said. */
let ran: string[] = [];
let failures: Record<string, string> = {};

mockPulumi({
  "command:local:Command": ({ create, stdin }, name) => {
    const nothing = { stdout: '{"issued":[],"handedOn":[]}' };
    // Mocks know no failed resource. An engine would run nothing that depends on one.
    if ("issued" in failures) return nothing;
    const { stdout, stderr, status, error } = spawnSync("sh", ["-c", create as string], {
      input: stdin as string,
      env: { PATH: process.env.PATH, ...(state[name] && { PULUMI_COMMAND_STDOUT: state[name] }) },
      encoding: "utf8",
    });
    ran.push(name);
    if (error) throw error;
    if (status !== 0) {
      failures[name] = stderr;
      return nothing;
    }
    state[name] = stdout;
    return { stdout };
  },
});

/** One update of a stack whose root has this generation, with certificates by client's name. */
async function update(
  certificates: Record<string, string>,
  root = 1,
  roots: { trusted?: number[]; leaveBehind?: string[] } = {},
): Promise<IssuedCertificate[]> {
  [failures, ran] = [{}, []];
  const current = Object.fromEntries(
    Object.entries(certificates).map(([name, text]) => [name, { certificate: pulumi.output(text) }]),
  );
  const all = await valueOf(
    issuedCertificates("issued", current, root, { trusted: [root], leaveBehind: ["health"], ...roots }, {}),
  );
  // An engine removes what a program no longer has.
  if (Object.keys(failures).length === 0)
    state = Object.fromEntries(Object.entries(state).filter(([name]) => ran.includes(name)));
  return all;
}

/** A certificate for the same key with another serial number, whose signature is nobody's: only digests count here. */
function renewed(pem: string, serial: number): string {
  const { raw } = new X509Certificate(pem);
  const place = raw.indexOf(Buffer.from("a003020102", "hex")) + "a003020102".length / 2 + 2;
  raw.writeUInt32BE(serial, place + 1);
  return `-----BEGIN CERTIFICATE-----\n${raw.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

const fingerprintOf = (pem: string) =>
  new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
const fingerprints = (all: IssuedCertificate[]) => all.map(({ fingerprint }) => fingerprint);
const ofBefore = Object.fromEntries(
  recorded.certificates.map(({ name, certificate }) => [name, certificate]),
);
const before = JSON.parse(recorded.stdout) as IssuedCertificate[];
const beforeOf = (name: string) => fingerprints(before.filter((one) => one.name === name));
const next = (serial: number) =>
  Object.fromEntries(Object.entries(ofBefore).map(([name, pem]) => [name, renewed(pem, serial)]));

beforeEach(() => (state = {}));

test("two thousand clients are remembered, each with the predecessor of a renewed certificate", async () => {
  const pem = recorded.certificates[0].certificate;
  const many = (round: number) =>
    Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`client-${index}`, renewed(pem, round * 2000 + index)]),
    );
  const [first, second] = [many(1), many(2)];
  await update(first);
  const all = await update(second);
  expect(failures).toEqual({});
  const expected = Object.keys(second).flatMap((name) => [
    [name, fingerprintOf(second[name])],
    [name, fingerprintOf(first[name])],
  ]);
  expect(all.map(({ name, fingerprint }) => [name, fingerprint])).toEqual(expected);
  expect(Math.max(...Object.values(state).map(({ length }) => length))).toBeLessThan(64 * 1024);
});

test("whose shard has nobody else has a command of its own, and the first one's is always there", async () => {
  await update({ alice: ofBefore.alice });
  expect(ran).toEqual(["issued", `issued-${shardOf("alice")}`]);
  await update({ "client-10": ofBefore["client-10"] });
  expect(ran).toEqual(["issued"]);
});

test("a client's shard never changes", () => {
  expect(["alice", "bob", "carol", "client-10", "health"].map(shardOf)).toEqual([11, 1, 12, 0, 2]);
});

describe("a stack whose certificates one command remembered", () => {
  beforeEach(() => (state = { issued: recorded.stdout }));

  test("loses none of them, whatever shard they belong to", async () => {
    const all = await update(ofBefore);
    for (const name of Object.keys(ofBefore)) {
      expect(beforeOf(name)).toHaveLength(2);
      expect(fingerprints(all.filter((one) => one.name === name))).toEqual(beforeOf(name));
    }
    expect(fingerprints(await update(ofBefore))).toEqual(fingerprints(all));
  });

  test("loses none of them when they are renewed at once, and again later", async () => {
    await update(next(1));
    const all = await update(next(2));
    for (const name of Object.keys(ofBefore)) {
      const own = [fingerprintOf(next(2)[name]), fingerprintOf(next(1)[name]), ...beforeOf(name)];
      expect(fingerprints(all.filter((one) => one.name === name))).toEqual(own);
    }
  });

  test("loses none of them when the run that divides them was ended half way", async () => {
    await update(ofBefore);
    state = { issued: state.issued };
    expect(fingerprints((await update(next(1))).filter(({ name }) => name === "alice"))).toEqual([
      fingerprintOf(next(1).alice),
      ...beforeOf("alice"),
    ]);
  });

  test("forgets those of a client who goes", async () => {
    const { alice, ...others } = ofBefore;
    await update(others);
    expect(JSON.stringify(state)).not.toContain(beforeOf("alice")[0]);
    expect(fingerprints((await update({ ...others, alice })).filter(({ name }) => name === "alice"))).toEqual(
      [fingerprintOf(alice)],
    );
  });

  test("forgets those of a key that was replaced, also when that key comes back", async () => {
    await update({ ...ofBefore, alice: ofBefore.bob });
    const all = await update(next(1));
    expect(fingerprints(all.filter(({ name }) => name === "alice"))).toEqual([fingerprintOf(next(1).alice)]);
  });

  test("hands on nothing that has expired", async () => {
    const expires = new Date(Date.now() - 1000).toISOString();
    state = { issued: JSON.stringify(before.map((one) => ({ ...one, expires }))) };
    const all = await update(next(1));
    expect(fingerprints(all)).toEqual(Object.values(next(1)).map(fingerprintOf));
    expect(JSON.parse(state.issued)).toMatchObject({ handedOn: [] });
  });

  describe("and whose root is replaced at once", () => {
    const { "client-10": own, ...others } = next(1);

    test("refuses that, with the names, and keeps what it knows", async () => {
      await update(others, 2);
      const named = Object.values(failures).flatMap((text) =>
        text.match(/of the former one: (.*?)\. /)![1].split(", "),
      );
      expect(named.sort()).toEqual(
        Object.keys(others)
          .filter((name) => name !== "health")
          .sort(),
      );
      const all = await update(others, 2, { trusted: [1, 2] });
      expect(failures).toEqual({});
      expect(fingerprints(all.filter(({ name }) => name === "alice"))).toEqual([
        fingerprintOf(others.alice),
        ...beforeOf("alice"),
      ]);
      await update(others, 2);
      expect(failures).toEqual({});
    });

    test("refuses that first of all for those who are remembered where all were", async () => {
      await update({ ...others, "client-10": own }, 2);
      expect(ran).toEqual(["issued"]);
      expect(failures.issued).toContain("and perhaps others, have are of the former one: client-10. ");
    });

    test("lets it be where it has handed on who has moved over since", async () => {
      await update(others, 2, { trusted: [1, 2] });
      await update(others, 2);
      expect(failures).toEqual({});
      expect(JSON.parse(state.issued).handedOn).toHaveLength(2 * Object.keys(others).length);
    });
  });
});

describe("clients who come, go, and get new certificates and new keys in any order", () => {
  const names = ["alice", "bob", "client-10", "frida"];
  /** Of some clients, which key each has and which certificate for it. */
  const configurations = fc
    .uniqueArray(fc.constantFrom(...names))
    .chain((some) =>
      fc.record(
        Object.fromEntries(some.map((name) => [name, fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 3 }))])),
      ),
    );

  type Known = { name: string; key: number; fingerprint: string };

  /** What one command that remembers everybody would make of it. */
  function remembered(before: Known[], wanted: Record<string, [number, number]>): Known[] {
    const current = Object.entries(wanted).map(([name, [key, serial]]) => ({
      name,
      key,
      fingerprint: fingerprintOf(pemOf(name, key, serial)),
    }));
    const stays = (one: Known) => current.some(({ name, key }) => name === one.name && key === one.key);
    const isNow = (one: Known) =>
      current.some((now) => now.name === one.name && now.fingerprint === one.fingerprint);
    return [...current, ...before.filter((one) => stays(one) && !isNow(one))];
  }

  /** No two clients have the same one. */
  const pemOf = (name: string, key: number, serial: number) =>
    renewed(recorded.certificates[key].certificate, 4 * names.indexOf(name) + serial);
  const entryWith = (key: number) => before.find(({ name }) => name === recorded.certificates[key].name)!;
  const inOrder = (all: { name: string; fingerprint: string }[]) =>
    all.map(({ name, fingerprint }) => `${name} ${fingerprint}`).sort();

  test("are remembered as by one command, also from where one has left off", async () => {
    const lists = fc.array(configurations, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(lists, lists, async (former, steps) => {
        let known: Known[] = [];
        for (const wanted of former) known = remembered(known, wanted);
        const expires = before[0].expires;
        const output = known.map(({ key, ...one }) => ({ ...entryWith(key), ...one, root: 1, expires }));
        state = { issued: JSON.stringify(output) };
        for (const wanted of steps) {
          known = remembered(known, wanted);
          const certificates = Object.entries(wanted).map(([name, [key, serial]]) => [
            name,
            pemOf(name, key, serial),
          ]);
          expect(inOrder(await update(Object.fromEntries(certificates)))).toEqual(inOrder(known));
        }
      }),
      { numRuns: 6 },
    );
  });
});
