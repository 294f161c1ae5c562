import { withAddresses } from "../../../../cli/audit/clientsBySsh.ts";
import type { Entry } from "../../../../cli/audit/entry.ts";

const toSshd = (changes: Partial<Entry>): Entry => ({
  kind: "ssh",
  start: 1000,
  duration: 5000,
  open: false,
  address: "203.0.113.7",
  port: 40000,
  passedOn: 59600,
  ...changes,
});
const ana: Entry = {
  kind: "connection",
  by: "ssh",
  client: "ana",
  start: 2000,
  open: false,
  address: "127.0.0.1",
  port: 59600,
};

test("a client by SSH has the address of the connection to sshd that carried it", () => {
  expect(withAddresses([ana, toSshd({})])[0]).toMatchObject({ address: "203.0.113.7", port: 40000 });
});

test.each<[string, Partial<Entry>]>([
  ["another port", { passedOn: 59601 }],
  ["the same port, but ended before", { start: 0, duration: 500 }],
  ["the same port, but began later", { start: 3000 }],
])("a connection to sshd by %s is not it, and nothing is said", (_, changes) => {
  expect(withAddresses([ana, toSshd(changes)])[0]).toMatchObject({ address: undefined, port: undefined });
});

test("on a host whose sshd sees the real address, that one stays", () => {
  const seen = { ...ana, address: "198.51.100.4" };
  expect(withAddresses([seen, toSshd({})])[0]).toEqual(seen);
});
