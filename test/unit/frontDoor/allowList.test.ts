import fc from "fast-check";
import { allowList, serverName } from "../../../components/frontDoor/allowList";

const alice = { name: "alice", fingerprint: "a".repeat(64) };
const bob = { name: "bob", fingerprint: "b".repeat(64) };

test("the allow-list has a line for each client, and nothing else", () => {
  expect(allowList([alice, bob])).toBe(
    `${"a".repeat(64)} alice:aaaaaaaaaaaaaaaa\n${"b".repeat(64)} bob:bbbbbbbbbbbbbbbb\n`,
  );
  expect(allowList([])).toBe("");
});

test("the order of the clients is no change", () => {
  expect(allowList([bob, alice])).toBe(allowList([alice, bob]));
});

test("a client's new certificate has another server line, and another client never the same", () => {
  const hex = fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: 64, maxLength: 64 })
    .map((d) => d.join(""));
  fc.assert(
    fc.property(hex, hex, (one, other) => {
      fc.pre(one.slice(0, 16) !== other.slice(0, 16));
      expect(serverName({ ...alice, fingerprint: one })).not.toBe(
        serverName({ ...alice, fingerprint: other }),
      );
      expect(serverName({ ...alice, fingerprint: one })).not.toBe(serverName({ ...bob, fingerprint: one }));
    }),
  );
});
