import { generateKeyPairSync } from "node:crypto";
import { linesOf, privateKeysIn, privateKeysOf } from "../../support/secrets";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;

const exported = (value: unknown) => ({ status: 0, stdout: JSON.stringify(value), stderr: "" });

test.each([
  ["as it is", pem],
  ["in a secret's JSON", { plaintext: JSON.stringify(pem) }],
  ["in JSON in a secret's JSON", { plaintext: JSON.stringify(JSON.stringify([{ content: pem }])) }],
])("a key that a state holds %s is found once, line by line", (_, value) => {
  const [key, ...others] = privateKeysOf(exported({ deep: [value] }));
  expect(others).toEqual([]);
  expect(pem).toContain(key);
  expect(linesOf([key])).toEqual([pem.split("\n")[2]]);
});

test("a key of one line is searched for by that line", () => {
  const short = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  expect(linesOf(privateKeysOf(exported(short)))).toEqual([short.split("\n")[1]]);
});

test.each([
  ["as it is", pem],
  ["on one line", pem.replaceAll("\n", "")],
  ["quoted and escaped", JSON.stringify(JSON.stringify({ pem }))],
])("a key in a text is recognised %s", (_, text) => {
  const keys = privateKeysOf(exported(pem));
  expect(privateKeysIn(`before ${text} after`, keys)).toEqual(keys);
  expect(privateKeysIn(text.slice(0, -80), keys)).toEqual([]);
});
