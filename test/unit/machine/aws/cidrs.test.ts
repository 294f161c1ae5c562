import { canonicalCidrs, cidrProblems, openFamilies } from "../../../../components/machine/aws/cidrs";

const refusal = (cidrs: string[] | undefined, any = false): string[] =>
  cidrProblems(cidrs, any).map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);

test("leaving the blocks out is refused, with the way to find one's own address", () => {
  expect(refusal(undefined)).toEqual([
    expect.stringMatching(/^allowedCidrs: is missing.*checkip\.amazonaws\.com/),
  ]);
  expect(refusal([])).toEqual([expect.stringMatching(/^allowedCidrs: is empty/)]);
});

test.each([
  ["10.0.0.0/40", '"10.0.0.0/40" is not a CIDR block; write it like 203.0.113.0/24'],
  ["2001:db8::/129", '"2001:db8::/129" is not a CIDR block; write it like 2001:db8:7::/48'],
  ["203.0.113.7", '"203.0.113.7" is not a CIDR block; write it like 203.0.113.7/32'],
  ["2001:db8::7", '"2001:db8::7" is not a CIDR block; write it like 2001:db8::7/128'],
  ["010.0.0.0/8", '"010.0.0.0/8" is not a CIDR block'],
  ["10/8", '"10/8" is not a CIDR block'],
  ["10.0.0.0/8/8", '"10.0.0.0/8/8" is not a CIDR block'],
  ["10.0.0.0/+8", '"10.0.0.0/+8" is not a CIDR block'],
  ["fe80::1%eth0/128", '"fe80::1%eth0/128" is not a CIDR block'],
  ["office", '"office" is not a CIDR block'],
  ["", '"" is not a CIDR block'],
  [
    "203.0.113.7/24",
    '"203.0.113.7/24" has bits set beyond its prefix; write 203.0.113.0/24, or 203.0.113.7/32',
  ],
  [
    "2001:db8::7/32",
    '"2001:db8::7/32" has bits set beyond its prefix; write 2001:db8::/32, or 2001:db8::7/128',
  ],
  ["::ffff:203.0.113.0/120", '"::ffff:203.0.113.0/120" stands for IPv4 addresses'],
])("%s is refused by its place, with what would be right", (cidr, reason) => {
  expect(refusal(["198.51.100.0/24", cidr])).toEqual([expect.stringContaining(`allowedCidrs[1]: ${reason}`)]);
});

test("a block that is there twice, however it is spelt, is refused", () => {
  expect(refusal(["2001:db8::/32", "2001:0DB8:0::/32"])).toEqual([
    "allowedCidrs[1]: 2001:db8::/32 is there already; remove one",
  ]);
});

describe.each([
  ["0.0.0.0/0"],
  ["::/0"],
  ["0:0:0:0:0:0:0:0/0"],
  ["0.0.0.0/1", "128.0.0.0/1"],
  ["128.0.0.0/1", "64.0.0.0/2", "203.0.113.0/24"],
  ["2000::/3"],
  ["::/1", "8000::/1"],
])("%s %s %s", (...given) => {
  const cidrs = given.filter((cidr) => cidr !== undefined);

  test("is refused as open to everybody", () => {
    expect(refusal(cidrs)).toEqual([
      expect.stringMatching(/^allowedCidrs: .*as good as every IPv[46].*allowAnyAddress: true/),
    ]);
  });

  test("is accepted when that is asked for", () => {
    expect(refusal(cidrs, true)).toEqual([]);
    expect(openFamilies(cidrs)).toHaveLength(1);
  });
});

test("large networks that are far from everybody are accepted", () => {
  expect(refusal(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "203.0.113.7/32"])).toEqual([]);
  expect(openFamilies(["0.0.0.0/1"])).toEqual([]);
});

test("asking for any address doesn't hide a block that isn't one", () => {
  expect(refusal(["0.0.0.0/0", "10.0.0.0/40"], true)).toHaveLength(1);
});

test("blocks are handed over as EC2 writes them", () => {
  expect(canonicalCidrs(["2001:0DB8:0:0::/32", "203.0.113.0/24"])).toEqual([
    { family: "IPv6", text: "2001:db8::/32" },
    { family: "IPv4", text: "203.0.113.0/24" },
  ]);
});
