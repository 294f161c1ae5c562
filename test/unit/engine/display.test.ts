import { digest } from "../../../engine/display/json.ts";
import { Masker } from "../../../engine/display/mask.ts";
import { Progress } from "../../../engine/display/progress.ts";
import { duration, plainScreen } from "../../../engine/display/screen.ts";
import { summary } from "../../../engine/display/summary.ts";
import { show, toJson } from "../../../engine/display/values.ts";
import { Secret, UNKNOWN } from "../../../engine/providers/provider.ts";
import type { Resource } from "../../../engine/state/checkpoint.ts";
import type { Step, StepKind } from "../../../engine/steps/goal.ts";

function resource(name: string, inputs: Resource["inputs"] = {}): Resource {
  const type = "tls:index/privateKey:PrivateKey";
  return { urn: `urn:pulumi:dev::p::${type}::${name}`, type, custom: true, inputs, outputs: {} };
}

function step(kind: StepKind, name: string, more: Partial<Step> = {}): Step {
  const { urn, type } = resource(name);
  return { kind, urn, type, changed: [], replace: [], ...more };
}

function trial(dryRun = false): { progress: Progress; text: () => string } {
  let shown = "";
  const screen = plainScreen((text) => (shown += text));
  return { progress: new Progress(screen, new Masker(), dryRun), text: () => shown };
}

describe("values", () => {
  test("a secret and an unknown are never shown as anything else, at whatever depth", () => {
    const shown = show({ a: [new Secret("hidden"), UNKNOWN], b: { c: new Secret({ d: "hidden" }) } });
    expect(shown).not.toContain("hidden");
    expect(shown).toContain("[0]: [secret]");
    expect(shown).toContain("[1]: [unknown]");
  });

  test("JSON masks secrets unless they are asked for", () => {
    const value = { plain: 1, secret: new Secret(["x"]) };
    expect(toJson(value, false)).toEqual({ plain: 1, secret: "[secret]" });
    expect(toJson(value, true)).toEqual({ plain: 1, secret: ["x"] });
  });

  test.each([
    [0.051, "0.05s"],
    [3.4, "3s"],
    [61, "1m1s"],
    [59.9, "1m0s"],
  ])("%d seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("masking", () => {
  test("a secret is masked in other people's words, and so is each line of a key", () => {
    const masker = new Masker();
    masker.learn({
      nested: [new Secret({ pem: "-----BEGIN KEY-----\nabcdefghijklmnopqrst\n-----END KEY-----\n" })],
    });
    expect(masker.mask("failed at abcdefghijklmnopqrst")).toBe("failed at [secret]");
    expect(masker.mask("-----BEGIN KEY-----\nabcdefghijklmnopqrst\n-----END KEY-----\n")).toBe("[secret]\n");
  });

  test("what isn't secret, and what is too short to tell, stays readable", () => {
    const masker = new Masker();
    masker.learn({ name: "visible", flag: new Secret("on"), empty: new Secret("") });
    expect(masker.mask("visible and on")).toBe("visible and on");
  });

  test("a secret that holds another one is masked whole", () => {
    const masker = new Masker();
    masker.learn([new Secret("user"), new Secret("user:password")]);
    expect(masker.mask("login user:password")).toBe("login [secret]");
  });
});

describe("progress", () => {
  test("a step is said when it begins and when it is done, with what differs", () => {
    const { progress, text } = trial();
    const old = resource("key", { gone: 1, both: 1 });
    const changed = step("update", "key", {
      old,
      new: resource("key", { both: 2, added: 1 }),
      changed: ["both", "added", "gone"],
    });
    progress.started(changed);
    progress.finished(changed, 0.2);
    expect(text()).toBe(
      " ~  tls:index:PrivateKey key updating (0s) [diff: +added,-gone,~both]\n" +
        " ~  tls:index:PrivateKey key updated (0.2s) [diff: +added,-gone,~both]\n",
    );
  });

  test.each([
    ["tls:index/selfSignedCert:SelfSignedCert", " [diff: ~caCertPem]"],
    ["command:local:Command", " [diff: ~caCertPem,key]"],
  ])("a changed secret is named where the official provider of %s names it", (type, note) => {
    const { progress, text } = trial();
    const old = resource("x", { key: new Secret("old secret"), caCertPem: "old" });
    const now = resource("x", { key: new Secret("new secret"), caCertPem: "new" });
    const changed = ["key", "caCertPem"];
    progress.finished(step("create-replacement", "x", { type, old, new: now, changed }), 1);
    expect(text()).toContain(`created replacement (1s)${note}\n`);
  });

  test("a failure is shown where it happened and again at the end, its secrets masked", () => {
    const { progress, text } = trial();
    const failing = step("create", "key", { new: resource("key", { password: new Secret("hunter2") }) });
    progress.started(failing);
    progress.failed(failing, 1, "refused hunter2\nbecause");
    expect(text()).toContain("**creating failed** (1s) error: refused [secret]\n");
    const end = summary(progress, false, 1);
    expect(end).toContain("  tls:index:PrivateKey (key):\n    error: refused [secret]\n    because\n");
  });

  test("after a failed step the stack counts as errored too, however often it says so", () => {
    const { progress } = trial();
    const failing = step("create", "key", { new: resource("key") });
    progress.log("error", "first", failing.urn);
    progress.failed(failing, 1, "then");
    progress.runFailed();
    expect(summary(progress, false, 1)).toContain("    2 errored\n");
  });

  test.each<[string, StepKind, string]>([
    ["made", "create", " +  pulumi:pulumi:Stack p-dev **creating failed** (0s) 1 error\n"],
    ["there", "same", "    pulumi:pulumi:Stack p-dev **failed** 1 error\n"],
  ])("the line of a stack that was %s says that the run has failed", (_what, kind, line) => {
    const { progress, text } = trial();
    const type = "pulumi:pulumi:Stack";
    const urn = `urn:pulumi:dev::p::${type}::p-dev`;
    const stack = { ...resource("p-dev"), urn, type, custom: false };
    progress.finished(step(kind, "p-dev", { urn, type, new: stack }), 1);
    progress.failed(step("create", "key", { new: resource("key") }), 1, "refused");
    progress.close();
    expect(text().replace(/\(0\.\d+s\)/, "(0s)")).toContain(line);
  });

  test("an error of no resource is the stack's", () => {
    const { progress } = trial();
    progress.log("error", "the program is wrong");
    progress.log("error", "so it is", "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev");
    expect(summary(progress, false, 1)).toContain("    1 errored\n");
  });

  test("a warning is said with its first line when it comes, and whole at the end only", () => {
    const { progress, text } = trial();
    progress.log("warning", "1 pending operations\n  * interrupted");
    expect(text()).toBe("    warning: 1 pending operations\n");
    expect(summary(progress, false, 1)).toContain("    warning: 1 pending operations\n      * interrupted\n");
  });

  test("a preview says what would be done, a replacement in one line", () => {
    const { progress, text } = trial(true);
    for (const kind of ["create-replacement", "replace", "delete-replaced"] as const) {
      progress.started(step(kind, "key"));
      progress.finished(step(kind, "key"), 0);
    }
    expect(text()).toBe(" +- tls:index:PrivateKey key replace\n");
    expect(summary(progress, true, 1)).toBe("Resources:\n    +-1 to replace\n");
  });

  test("a preview shows what an earlier run left to delete, which isn't counted", () => {
    const { progress, text } = trial(true);
    const left = { ...resource("left"), delete: true };
    const replaced = resource("key");
    progress.finished(step("create-replacement", "key", { old: replaced }), 0);
    progress.finished(step("replace", "key", { old: replaced }), 0);
    replaced.delete = true;
    progress.finished(step("delete-replaced", "key", { old: replaced }), 0);
    progress.finished(step("delete-replaced", "left", { old: left }), 0);
    expect(text()).toBe(
      " +- tls:index:PrivateKey key replace\n -- tls:index:PrivateKey left delete original\n",
    );
    expect(progress.changes()).toBe(1);
  });

  test("the summary counts changes and what stayed", () => {
    const { progress } = trial();
    for (const kind of ["create", "create", "update", "same", "same", "same"] as const)
      progress.finished(step(kind, "x"), 0);
    expect(summary(progress, false, 75)).toBe(
      "Resources:\n    + 2 created\n    ~ 1 updated\n    3 changes. 3 unchanged\n\nDuration: 1m15s\n",
    );
  });

  test("a default provider isn't shown", () => {
    const { progress, text } = trial();
    const type = "pulumi:providers:tls";
    const hidden: Step = { ...step("create", "x"), type, urn: `urn:pulumi:dev::p::${type}::default_5_6_1` };
    progress.started(hidden);
    progress.finished(hidden, 0);
    expect(text()).toBe("");
    expect(progress.changes()).toBe(0);
  });
});

describe("JSON", () => {
  test("has what was said, in order, secrets masked and errors with their resource", () => {
    const { progress } = trial();
    const a = step("create", "a", { new: resource("a", { token: new Secret("hidden") }) });
    progress.started(a);
    progress.log("info", "printed\n");
    progress.log("info#err", "grumbled");
    progress.log("debug", "not for anybody");
    progress.log("warning", "hidden is old", a.urn);
    progress.failed(a, 1, "can't be made");
    expect(digest(progress, new Masker(), 1.5)).toEqual({
      diagnostics: [
        { message: "printed\n", severity: "info" },
        { message: "grumbled\n", severity: "info#err" },
        { urn: a.urn, message: "warning: [secret] is old\n", severity: "warning" },
        { urn: a.urn, message: "error: can't be made\n", severity: "error" },
      ],
      duration: 1.5e9,
    });
  });

  test("has each step with its provider, and how many there are", () => {
    const { progress } = trial(true);
    const made = {
      ...resource("a", { size: 1 }),
      provider: "urn:pulumi:dev::p::pulumi:providers:tls::own::id",
    };
    progress.finished(step("create", "a", { new: made }), 0);
    expect(digest(progress, new Masker(), 1)).toEqual({
      steps: [{ op: "create", urn: made.urn, provider: made.provider, newState: made }],
      duration: 1e9,
      changeSummary: { create: 1 },
    });
  });
});
