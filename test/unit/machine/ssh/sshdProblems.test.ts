import { sshdProblems } from "../../../../components/machine/ssh/sshdProblems";
import { facts } from "./facts";

const clients = [{}, { sshKey: "ssh-ed25519 AAAA" }];

test("a host as Debian sets it up takes clients by SSH", () => {
  expect(sshdProblems(facts, "build.example.com", clients)).toEqual([]);
});

test.each<[string, Record<string, string[]>]>([
  ["PubkeyAuthentication", { pubkeyauthentication: ["no"] }],
  ["AuthorizedKeysFile", { authorizedkeysfile: ["/etc/ssh/keys/%u"] }],
  ["AllowUsers", { allowusers: ["admin"] }],
  ["AllowGroups", { allowgroups: ["staff"] }],
  ["DenyUsers", { denyusers: ["remote-docker"] }],
  ["AuthenticationMethods", { authenticationmethods: ["publickey,keyboard-interactive"] }],
  ["ForceCommand", { forcecommand: ["/usr/bin/false"] }],
  ["ChrootDirectory", { chrootdirectory: ["/srv"] }],
])("one whose sshd keeps them out by %s is refused by name, for whom it matters", (keyword, changes) => {
  const found = { ...facts, sshd: { ...facts.sshd, ...changes } };
  const [problem, ...more] = sshdProblems(found, "build.example.com", clients);
  expect(more).toEqual([]);
  expect(problem.propertyPath).toBe("clients[1].sshKey");
  expect(problem.reason).toContain(keyword);
  expect(sshdProblems(found, "build.example.com", [{}])).toEqual([]);
});

test("one with an account of that name, or whose sshd can't be asked, is refused; our own account isn't", () => {
  const withAccount = (account: string) => sshdProblems({ ...facts, account }, "build.example.com", clients);
  expect(withAccount("remote-docker:x:1000:1000:Somebody:/home/x:/bin/bash")).toHaveLength(1);
  expect(
    withAccount("remote-docker:x:999:999:remote-docker clients by SSH:/var/lib/remote-docker-ssh:/bin/sh"),
  ).toEqual([]);
  expect(sshdProblems({ ...facts, sshd: {} }, "build.example.com", clients)[0].reason).toContain("sshd -T");
});
