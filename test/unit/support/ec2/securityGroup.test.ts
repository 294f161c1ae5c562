import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import { admits } from "../../../support/ec2/securityGroup";

const rule = (changes: SecurityGroupRule): SecurityGroupRule => ({
  IsEgress: false,
  IpProtocol: "tcp",
  FromPort: 2376,
  ToPort: 2376,
  ...changes,
});

test.each<[string, SecurityGroupRule, boolean]>([
  ["203.0.113.9", { CidrIpv4: "203.0.113.0/24" }, true],
  ["203.0.114.9", { CidrIpv4: "203.0.113.0/24" }, false],
  ["::ffff:203.0.113.9", { CidrIpv4: "203.0.113.0/24" }, true],
  ["2001:db8::1", { CidrIpv6: "2001:db8::/32" }, true],
  ["2001:db9::1", { CidrIpv6: "2001:db8::/32" }, false],
  ["203.0.113.9", { CidrIpv6: "::/0" }, false],
  ["203.0.113.9", { CidrIpv4: "0.0.0.0/0", FromPort: 22, ToPort: 22 }, false],
  ["203.0.113.9", { CidrIpv4: "0.0.0.0/0", FromPort: 2000, ToPort: 3000 }, true],
  ["203.0.113.9", { CidrIpv4: "0.0.0.0/0", IpProtocol: "udp" }, false],
  ["203.0.113.9", { CidrIpv4: "0.0.0.0/0", IpProtocol: "-1", FromPort: -1, ToPort: -1 }, true],
  ["203.0.113.9", { CidrIpv4: "0.0.0.0/0", IsEgress: true }, false],
  ["203.0.113.9", {}, false],
])("%s by the rule %j: %s", (address, changes, admitted) => {
  expect(admits([rule(changes)], address, 2376)).toBe(admitted);
});

test("one rule that admits is enough, and without rules nobody is", () => {
  const rules = [rule({ CidrIpv4: "198.51.100.0/24" }), rule({ CidrIpv4: "203.0.113.0/24" })];
  expect(admits(rules, "203.0.113.9", 2376)).toBe(true);
  expect(admits([], "203.0.113.9", 2376)).toBe(false);
});
