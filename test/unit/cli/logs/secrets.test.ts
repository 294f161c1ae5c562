import { Secrets } from "../../../../cli/logs/secrets.ts";

const shown = (lines: string[]) => {
  const secrets = new Secrets();
  return lines.map((line) => secrets.without(line)).filter((line) => line !== undefined);
};

test.each(["PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])("a %s is left out of a log", (kind) => {
  const key = [`begins -----BEGIN ${kind}-----`, "MIIsecret", "==", `-----END ${kind}-----`];
  expect(shown(["before", ...key, "after"])).toEqual([
    "before",
    "begins (a private key was left out)",
    "after",
  ]);
});

test("so is one that is in a single line, as JSON has it, and what is behind it stays", () => {
  const line = String.raw`{"key":"-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\n","a":1}`;
  expect(shown([line, "after"])).toEqual([
    String.raw`{"key":"(a private key was left out)\n","a":1}`,
    "after",
  ]);
});

test("a certificate stays, and so does a URL, without its password", () => {
  const lines = [
    "-----BEGIN CERTIFICATE-----",
    "MII",
    "-----END CERTIFICATE-----",
    "https://mirror.example.com/a:b@c",
  ];
  expect(shown(lines)).toEqual(lines);
  expect(shown(["proxy http://user:pass@proxy:3128: refused"])).toEqual([
    "proxy http://***@proxy:3128: refused",
  ]);
});
