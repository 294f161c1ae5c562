import { Sshd } from "../unit/engine/providers/sshd";
import { type Case, type Planned, recordings } from "./cases";
import { official, offline, Project, type Values } from "./engines";
import { type Observed, record } from "./record";

const files = recordings();
const cases: Record<string, Case> = Object.assign({}, ...Object.values(files).map((file) => file.cases));
const names = Object.keys(cases);
const sshd = new Sshd();
let values: Values;

beforeAll(async () => {
  await sshd.start();
  const { port, user, privateKey, hostKey } = sshd.connection();
  values = { port, user, login: privateKey, hostKey, otherHostKey: sshd.hostKeys.ecdsa.publicKey };
});

afterAll(() => sshd.remove());

// A program with a hundred resources runs several times.
jest.setTimeout(300_000);

describe.each(official ? [offline, official] : [offline])("the $name engine", (engine) => {
  let observed: Observed;

  beforeAll(async () => {
    const project = new Project(cases, values);
    try {
      await project.init(engine);
      await project.up(engine);
      const state = await project.state(engine);
      project.write(true);
      observed = { state, steps: await project.plan(engine) };
    } finally {
      project.remove();
    }
    if (engine === official && process.env.PULUMI_RECORD) record(files, observed, engine);
  });

  it.each(names)("writes %s into the state as it was recorded", (name) => {
    expect(observed.state[name]).toEqual(cases[name].recorded.state);
  });

  it.each(names)("plans what was recorded for the change of %s", (name) => {
    expect(observed.steps[name]).toEqual(cases[name].recorded.step);
  });

  it("plans nothing besides", () => {
    expect(Object.keys(observed.steps).sort()).toEqual(Object.keys(recordedSteps()).sort());
  });
});

const hands = [
  ["offline", "official", offline, official!],
  ["official", "offline", official!, offline],
] as const;

(official ? describe : describe.skip).each(hands)(
  "a stack that goes from the %s to the %s engine",
  (_from, _to, first, second) => {
    let project: Project;

    beforeAll(async () => {
      project = new Project(cases, values);
      await project.init(first);
      await project.up(first);
    });

    afterAll(() => project.remove());

    it("needs no change but the renewals that are due", async () => {
      const due = Object.entries(recordedSteps()).filter(([name]) => name.endsWith("-in-renewal-window"));
      expect(await project.plan(second)).toEqual(Object.fromEntries(due));
    });

    it("is changed as it was recorded", async () => {
      project.write(true);
      expect(await project.plan(second)).toEqual(recordedSteps());
    });

    it("needs no change when it comes back but the renewals that are due again at once", async () => {
      await project.up(second);
      const left = Object.keys(await project.plan(first));
      expect(left.filter((name) => !name.includes("-renewal-"))).toEqual([]);
    });

    it("is destroyed without a rest", async () => {
      await project.destroy(second);
      expect(await project.state(first)).toEqual({});
    });
  },
);

/** All recorded steps by the resource's name after the change. */
function recordedSteps(): Record<string, Planned> {
  return Object.fromEntries(
    Object.entries(cases).flatMap(
      ([
        name,
        {
          recorded: { step },
        },
      ]) => (step ? [[name, step]] : []),
    ),
  );
}
