import { resolveEngine } from "../../../scripts/engine/resolve";

const found = async () => ({ cli: "/opt/pulumi/bin/pulumi" });
const none = async () => ({ problem: "there is none" });
const never = () => Promise.reject(new Error("the official CLI must not be looked for"));

interface Row {
  wanted?: string;
  remembered?: { engine: string; cli?: string; reason?: string };
  backendUrl?: string;
  findOfficial: (remembered?: string) => Promise<{ cli?: string; problem?: string }>;
}
const resolve = (row: Row) => resolveEngine(row as Required<Row>);

test.each<[string, Row, string]>([
  ["auto takes the official CLI where it can be used", { findOfficial: found }, "official"],
  ["auto takes the offline engine where it can't", { findOfficial: none }, "offline"],
  ["offline by hand asks for nothing", { wanted: "offline", findOfficial: never }, "offline"],
  ["official by hand", { wanted: "official", findOfficial: found }, "official"],
  [
    "a choice that was remembered stays, though the official CLI is here now",
    { remembered: { engine: "offline" }, findOfficial: never },
    "offline",
  ],
  [
    "auto by hand keeps what was remembered",
    { wanted: "auto", remembered: { engine: "offline" }, findOfficial: never },
    "offline",
  ],
  [
    "a choice by hand counts more than what was remembered",
    { wanted: "offline", remembered: { engine: "official", cli: "/x" }, findOfficial: never },
    "offline",
  ],
  [
    "the official CLI may have moved",
    { remembered: { engine: "official", cli: "/gone" }, findOfficial: found },
    "official",
  ],
  ["a file backend of one's own", { backendUrl: "file:///srv/state", findOfficial: none }, "offline"],
  ["another backend with the official CLI", { backendUrl: "s3://states", findOfficial: found }, "official"],
])("%s", async (_, row, engine) => {
  expect(await resolve(row)).toMatchObject({ engine });
});

test("the official CLI comes with its path, and the one remembered is looked at first", async () => {
  const findOfficial = jest.fn(found);
  const remembered = { engine: "official", cli: "/gone" };
  expect(await resolve({ remembered, findOfficial })).toMatchObject({ cli: "/opt/pulumi/bin/pulumi" });
  expect(findOfficial).toHaveBeenCalledWith("/gone");
});

test("why the offline engine was taken is remembered in words", async () => {
  expect(await resolve({ findOfficial: none })).toMatchObject({ reason: "there is none" });
});

test.each<[string, Row, RegExp]>([
  [
    "an unknown engine",
    { wanted: "fast", findOfficial: never },
    /"fast" is not an engine; set it to official, offline, auto/,
  ],
  ["official by hand, and there is none", { wanted: "official", findOfficial: none }, /there is none/],
  [
    "a stack's official CLI that vanished: the engine is not changed silently",
    { remembered: { engine: "official", cli: "/gone" }, findOfficial: none },
    /REMOTE_DOCKER_ENGINE=offline npm run up/,
  ],
  [
    "a backend that the offline engine can't use, asked for by hand",
    { wanted: "offline", backendUrl: "https://api.example.com", findOfficial: never },
    /PULUMI_BACKEND_URL \(https:/,
  ],
  [
    "a backend that the offline engine can't use, remembered",
    { remembered: { engine: "offline" }, backendUrl: "s3://states", findOfficial: never },
    /PULUMI_BACKEND_URL \(s3:/,
  ],
  [
    "a backend that the offline engine can't use, and no official CLI",
    { backendUrl: "s3://states", findOfficial: none },
    /needs the official Pulumi CLI, but there is none/,
  ],
])("refused: %s", async (_, row, message) => {
  await expect(resolve(row)).rejects.toThrow(message);
});
