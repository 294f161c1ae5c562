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
  const otherHostKey = sshd.hostKeys.ecdsa.publicKey;
  values = { port, user, login: privateKey, hostKey, otherHostKey };
});

afterAll(() => sshd.remove());

const engines = official ? [offline, official] : [offline];

// Two runs of a program with a hundred resources, by either engine.
jest.setTimeout(120_000);

describe.each(engines)("the $name engine", (engine) => {
  let observed: Observed;

  beforeAll(async () => {
    const project = new Project(cases, values);
    try {
      await project.init(engine);
      await project.up(engine);
      const [state, unchanged] = [await project.state(engine), await project.plan(engine)];
      project.write(true);
      observed = { state, unchanged, changed: await project.plan(engine) };
    } finally {
      project.remove();
    }
    if (engine === official && process.env.PULUMI_RECORD) record(files, observed, engine);
  });

  it.each(names)("writes %s into the state as it was recorded", (name) => {
    expect(observed.state[name]).toEqual(cases[name].recorded.state);
  });

  it("has nothing to do for an unchanged program but to renew what is due", () => {
    expect(observed.unchanged).toEqual(recorded("unchanged"));
  });

  it.each(names)("plans the recorded step for the change of %s", (name) => {
    expect(observed.changed[planName(name)]).toEqual(cases[name].recorded.changed);
  });

  it("plans nothing for a resource that isn't recorded", () => {
    expect(Object.keys(observed.changed).sort()).toEqual(Object.keys(recorded("changed")).sort());
  });
});

const pairs = [
  [offline, official!],
  [official!, offline],
];

(official ? describe : describe.skip).each(pairs)("a stack that changes hands, %#", (first, second) => {
  let project: Project;

  beforeAll(async () => {
    project = new Project(cases, values);
    await project.init(first);
    await project.up(first);
  });

  afterAll(() => project.remove());

  it("is nothing to do for the other one", async () => {
    expect(await project.plan(second)).toEqual(recorded("unchanged"));
  });

  it("is changed by the other one as it was recorded", async () => {
    project.write(true);
    expect(await project.plan(second)).toEqual(recorded("changed"));
  });

  it("is as the first one wants it after the other one's change, but for what is due again at once", async () => {
    await project.up(second);
    const left = Object.keys(await project.plan(first));
    expect(left.filter((name) => !name.includes("renewal"))).toEqual([]);
  });

  it("is destroyed by the other one without a rest", async () => {
    await project.destroy(second);
    expect(await project.state(first)).toEqual({});
  });
});

/** Steps by the resource's name after a change. */
function recorded(run: "unchanged" | "changed"): Record<string, Planned> {
  return Object.fromEntries(
    Object.entries(cases).flatMap(([name, { recorded }]) => {
      const step = recorded[run];
      return step ? [[run === "changed" ? planName(name) : name, step]] : [];
    }),
  );
}

/** An alias changes the name. */
function planName(name: string): string {
  return cases[name].change?.name ?? name;
}
