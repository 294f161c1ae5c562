import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { programConfig } from "../../../engine/program/config";
import { findProject } from "../../../engine/program/project";
import { StackFile } from "../../../engine/program/stackFile";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-program-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: nodejs\nconfig:\n  size: 3\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, "Pulumi.dev.yaml");
const opened = (): StackFile => new StackFile(findProject(folder), "dev");

test("a change keeps comments and everything else as it is", async () => {
  writeFileSync(
    path(),
    "config:\n  # who may\n  trial:clients:\n    - name: me # the first\n  trial:port: 1 # open\n",
  );
  const file = opened();
  file.setConfig(["trial:port"], 2);
  file.salt = "v1:x";
  await file.save();
  expect(readFileSync(path(), "utf8")).toBe(
    "config:\n  # who may\n  trial:clients:\n    - name: me # the first\n  trial:port: 2 # open\nencryptionsalt: v1:x\n",
  );
});

test("saving without a change doesn't write", async () => {
  writeFileSync(path(), "config:   {trial:a:   1}\n");
  await opened().save();
  expect(readFileSync(path(), "utf8")).toBe("config:   {trial:a:   1}\n");
});

test("a path sets and removes a part of a value", async () => {
  const file = opened();
  file.setConfig(["trial:clients", 0, "name"], "me");
  await file.save();
  expect(opened().config).toEqual({ "trial:clients": [{ name: "me" }] });
  file.removeConfig(["trial:clients", 0, "name"]);
  file.removeConfig(["trial:other", 1, "name"]);
  await file.save();
  expect(opened().config).toEqual({ "trial:clients": [{}] });
});

test("a file that is no YAML map is named", () => {
  writeFileSync(path(), "- 1\n");
  expect(opened).toThrow(/Pulumi\.dev\.yaml: is not a map/);
});

test("the program gets text, structured values as JSON, and is told which are secret", () => {
  writeFileSync(path(), "config:\n  trial:on: true\n  trial:list: [1, {secure: abc}]\n");
  const crypter = { salt: "", encrypt: (text: string) => text, decrypt: (text: string) => `open ${text}` };
  expect(programConfig(findProject(folder), opened().config, crypter)).toEqual({
    values: { "trial:size": "3", "trial:on": "true", "trial:list": '[1,"open abc"]' },
    secretKeys: ["trial:list"],
  });
});

test("a structured value is JSON as Go writes it: keys sorted, safe within HTML", () => {
  writeFileSync(path(), "config:\n  trial:map: {z: 1, a: {y: <&>, b: [{d: 1, c: 2}]}, A: 0}\n");
  expect(programConfig(findProject(folder), opened().config, undefined).values["trial:map"]).toBe(
    '{"A":0,"a":{"b":[{"c":2,"d":1}],"y":"\\u003c\\u0026\\u003e"},"z":1}',
  );
});

test("a merge key brings what it points to; what is written beside it wins", () => {
  writeFileSync(
    path(),
    "config:\n  trial:base: &base {size: 1, kind: small}\n  trial:own: {<<: *base, size: 2}\n",
  );
  expect(opened().config["trial:own"]).toEqual({ size: 2, kind: "small" });
});

test.each(["0644", "0x1F", "0b11", "0o17", "1_000", "+5", "9007199254740993", ".inf", "2024-01-02"])(
  "%s without quotes, which readers of YAML take for different values, is refused with its line",
  (text) => {
    writeFileSync(path(), `config:\n  trial:list:\n    - a: ${text}\n`);
    expect(opened).toThrow(
      new RegExp(`Pulumi\\.dev\\.yaml: line 3: ${text.replace(/[.+]/g, "\\$&")} is read as`),
    );
    writeFileSync(path(), `config:\n  trial:list:\n    - a: "${text}"\n`);
    expect(opened().config).toEqual({ "trial:list": [{ a: text }] });
  },
);

test("numbers in decimal, addresses, ports and durations are taken as they are", () => {
  writeFileSync(
    path(),
    "config:\n  trial:list: [0, -3, 1.5, 2e3, 192.0.2.1, 10.0.0.0/8, 22:80, 1h30m, 0644a]\n",
  );
  expect(opened().config).toEqual({
    "trial:list": [0, -3, 1.5, 2000, "192.0.2.1", "10.0.0.0/8", "22:80", "1h30m", "0644a"],
  });
});

test.each([
  ["a tab", "config:\n\ttrial:a: 1\n", "line 2"],
  ["a doubled key", "config:\n  trial:a: 1\n  trial:a: 2\n", "line 3"],
  ["an alias of nothing", "config:\n  trial:a: *nothing\n", "nothing"],
])(
  "%s in a stack's file or the project's is an error of one line with the file's name",
  (_what, text, said) => {
    const shown = (read: () => unknown): string => {
      try {
        read();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    writeFileSync(path(), text);
    expect(shown(opened)).toMatch(new RegExp(`^\\S*Pulumi\\.dev\\.yaml: .*${said}.*$`));
    writeFileSync(join(folder, "Pulumi.yaml"), `${text}`);
    expect(shown(() => findProject(folder))).toMatch(new RegExp(`^\\S*Pulumi\\.yaml: .*${said}.*$`));
  },
);

test.each([
  ["{type: string}", /config: size: a declaration with a type.*official Pulumi CLI/s],
  ["{default: 3}", /config: size: write text, a whole number, true or false/],
  ["", /config: size: write text/],
  ["[1]", /config: size: write text/],
  ["1.5", /config: size: write text/],
])("a project's configuration %j is refused", (value, said) => {
  writeFileSync(join(folder, "Pulumi.yaml"), `name: trial\nruntime: nodejs\nconfig:\n  size: ${value}\n`);
  expect(() => findProject(folder)).toThrow(said);
});

test("another runtime than Node.js is refused, saying what has it", () => {
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: go\n");
  expect(() => findProject(folder)).toThrow(/"go".*official Pulumi CLI/s);
});

test("outside a project it says so", () => {
  expect(() => findProject("/")).toThrow(/no Pulumi.yaml project file found/);
});

test("a new salt is a line more, and the rest keeps its form", async () => {
  writeFileSync(path(), "config:   {trial:a:   1} # mine");
  const file = opened();
  file.salt = "v1:x:v1:y:z";
  await file.save();
  expect(readFileSync(path(), "utf8")).toBe("config:   {trial:a:   1} # mine\nencryptionsalt: v1:x:v1:y:z\n");
  expect(opened().salt).toBe("v1:x:v1:y:z");
});
