import fc from "fast-check";
import { type ClientArgs, clientProblems, clientsSchema } from "../../../components/authority/clientArgs";
import { lifetime } from "../../../components/authority/lifetime";
import { problems } from "../../../components/validation";

const check = (clients: unknown) => problems(clientsSchema, clients, "clients");

test.each(["alice", "ci-main", "a", "7", "web.team_1", "a".repeat(63)])("%s is a client's name", (name) => {
  expect(check([{ name }])).toEqual([]);
});

test.each(["", "Alice", "-a", "a-", "a b", "a/b", "..", "ä", "a".repeat(64), 7, null])(
  "%p is refused as a client's name, with what would be right",
  (name) => {
    const [problem, ...others] = check([{ name }]);
    expect(others).toEqual([]);
    expect(problem.propertyPath).toBe("clients[0].name");
    expect(problem.reason).toContain(`${JSON.stringify(name)} is not a client's name`);
  },
);

test("whatever is accepted as a name is one folder's name and a certificate's common name", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      if (check([{ name }]).length > 0) return;
      expect(name).toMatch(/^[a-z0-9._-]{1,63}$/);
      expect(["", ".", ".."]).not.toContain(name);
    }),
  );
});

test("an empty list, a list that isn't one and an unknown key are refused", () => {
  expect(check([])[0].reason).toContain("at least one client");
  expect(check("alice")[0].reason).toContain("a list of clients");
  expect(check([{ name: "a", hours: 3 }])[0]).toEqual({
    propertyPath: "clients[0].hours",
    reason:
      "there is no such key; remove it, or write one of name, validityHours, csr, generation, limits, sshKey, certificate",
  });
});

test("limits are whole numbers of connections, and none is needed", () => {
  const limits = [
    {},
    { connections: 1 },
    { connectionsPerMinute: 600 },
    { connections: 50, connectionsPerMinute: 1 },
  ];
  for (const given of limits) expect(check([{ name: "a", limits: given }])).toEqual([]);
});

test.each([0, -1, 2.5, "20", null])("%p is refused as a limit, with what would be right", (connections) => {
  expect(check([{ name: "a", limits: { connections } }])).toEqual([
    {
      propertyPath: "clients[0].limits.connections",
      reason: `${JSON.stringify(connections)} is not a number of connections; write a whole number, 1 or more`,
    },
  ]);
});

test("what isn't a set of limits is refused", () => {
  expect(check([{ name: "a", limits: 20 }])[0].reason).toContain("write them like {connections: 50}");
  expect(check([{ name: "a", limits: { rate: 20 } }])[0].reason).toContain(
    "write one of connections, connectionsPerMinute",
  );
});

test.each([0, -1, 1.5, 87_601, "8760"])("%p is refused as a lifetime in hours", (validityHours) => {
  expect(check([{ name: "a", validityHours }])[0].propertyPath).toBe("clients[0].validityHours");
});

test("a reserved name and a name that is taken are refused", () => {
  const clients: ClientArgs[] = [{ name: "a" }, { name: "health" }, { name: "a" }];
  expect(clientProblems(clients, "clients")).toEqual([
    {
      propertyPath: "clients[1].name",
      reason: '"health" is reserved for the health check; choose another name',
    },
    { propertyPath: "clients[2].name", reason: '"a" is the name of clients[0] as well; choose another name' },
  ]);
});

test.each(["health", "unlisted", "self-signed"])("%s is the health check's own name", (name) => {
  expect(clientProblems([{ name }], "clients")[0].reason).toContain("is reserved for the health check");
});

test("a certificate renews a month early, and a short-lived one in its last third", () => {
  expect(lifetime()).toEqual({ validityHours: 8760, earlyRenewalHours: 720 });
  expect(lifetime(72)).toEqual({ validityHours: 72, earlyRenewalHours: 24 });
});
