import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { z } from "zod";
import { clientsSchema } from "../../components/authority/clientArgs";
import { daemonDefaults, daemonSchema } from "../../components/daemon/daemonArgs";
import { awsMachineSchema } from "../../components/machine/aws/args";
import { localMachineSchema } from "../../components/machine/local/args";
import { sshHostSchema } from "../../components/machine/ssh/args";
import { remoteDockerSchema } from "../../components/remoteDockerArgs";
import { pages, shellBlocks } from "../support/shellBlocks";

const read = (file: string) => readFileSync(join(__dirname, "../..", file), "utf8");

/** The first table after a text: its first two columns. */
function table(file: string, after: string): [string, string][] {
  const text = read(file);
  const lines = text.slice(text.indexOf(after)).split("\n");
  const begin = lines.findIndex((line) => line.startsWith("| --"));
  const end = lines.findIndex((line, index) => index > begin && !line.startsWith("|"));
  return lines.slice(begin + 1, end).flatMap((line) => {
    const [, keys, value] = line.split("|").map((cell) => cell.trim());
    return keys
      .split(", ")
      .map((key) => [key.replaceAll("`", ""), value.replaceAll("`", "")] as [string, string]);
  });
}

interface Definition {
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as Definition;
  return innerType === undefined ? schema : unwrapped(innerType);
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  return (unwrapped(schema).def as Definition).shape ?? {};
}

/** The options of a schema; those of an inner object as `outer.inner`, if the outer one is to be looked into. */
function options(schema: z.ZodType, ...inside: string[]): string[] {
  return Object.entries(shapeOf(schema)).flatMap(([key, value]) =>
    inside.includes(key) ? Object.keys(shapeOf(value)).map((inner) => `${key}.${inner}`) : [key],
  );
}

const element = (schema: z.ZodType) => (unwrapped(schema).def as Definition).element as z.ZodType;

test.each<[string, string, string, string[]]>([
  ["local", "docs/configuration.md", "`remote-docker:local`,", options(localMachineSchema)],
  ["aws", "docs/configuration.md", "`remote-docker:aws`,", options(awsMachineSchema, "dataVolume")],
  ["daemon", "docs/configuration.md", "`remote-docker:daemon`,", options(daemonSchema, "builderGc")],
  ["ssh", "docs/ssh.md", "## How the host is reached", options(sshHostSchema)],
  [
    "the stack",
    "docs/configuration.md",
    "# Configuration",
    [
      ...options(remoteDockerSchema, "rotation").filter((key) => !["local", "aws", "ssh"].includes(key)),
      ...options(element(clientsSchema)).map((key) => `clients[].${key}`),
    ],
  ],
])("the table of %s has every option, and no other", (_, file, after, expected) => {
  expect(
    table(file, after)
      .map(([key]) => key)
      .sort(),
  ).toEqual([...expected].sort());
});

test("the tables' defaults are those that hold", () => {
  const local = localMachineSchema.parse({});
  for (const [key, value] of table("docs/configuration.md", "`remote-docker:local`,")) {
    const holds = local[key as keyof typeof local];
    // An empty one stands for what this computer's apt has.
    expect([key, value]).toEqual([key, holds === "" ? "of apt" : String(holds)]);
  }
  const daemon: Record<string, unknown> = {
    ...daemonDefaults,
    ...prefixed("builderGc", daemonDefaults.builderGc),
  };
  for (const [key, value] of table("docs/configuration.md", "`remote-docker:daemon`,")) {
    if (!Array.isArray(daemon[key])) expect([key, value]).toEqual([key, String(daemon[key])]);
  }
});

function prefixed(outer: string, members: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [`${outer}.${key}`, value as unknown]),
  );
}

/** What GitHub calls the headings of a page in links. */
function anchors(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
}

test.each(pages)("each link of %s leads to a page and a heading that there are", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  for (const link of links.filter((one) => !/^https?:/.test(one))) {
    const [path, anchor] = link.split("#");
    const target = path === "" ? page : posix.join(posix.dirname(page), path);
    const there = existsSync(join(__dirname, "../..", target));
    expect({ link, there }).toEqual({ link, there: true });
    if (anchor !== undefined) expect(anchors(target)).toContain(anchor);
  }
});

test.each(pages)("each command of npm's in %s is there", (page) => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = [...read(page).matchAll(/npm run (?:-s )?([a-z][a-z0-9:]*)/g)].map(([, name]) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

// test/e2e/documentation.test.ts runs those that can be.
test.each(pages)("each block of commands in %s says whether it is run, and why not", (page) => {
  const unknown = shellBlocks(page).filter(({ trial }) => trial.kind === "unknown");
  expect(unknown.map(({ place }) => place)).toEqual([]);
});
