import { withDefaults } from "../../../../components/machine/aws/args";
import { estimatedMonthlyCost } from "../../../../components/machine/aws/cost";

const cost = (args: Parameters<typeof withDefaults>[0]) =>
  estimatedMonthlyCost(withDefaults({ region: "us-east-1", ...args }));

test("an estimate names its parts, their sum and where the prices are from", () => {
  // By hand: 730 * 0.0416 + 10 * 0.08 + 50 * 0.08 + 730 * 0.005
  expect(cost({})).toMatch(
    /^about 38\.82 USD: t3\.medium 30\.37, root volume 10 GiB 0\.80, data volume 50 GiB gp3 4\.00, public IPv4 address 3\.65;.*list prices of \d{4}/,
  );
});

test("what of a gp3 volume is beyond what is included costs extra", () => {
  // 200 * 0.08 + 3000 * 0.005 + 375 * 0.04
  expect(cost({ dataVolume: { size: 200, iops: 6000, throughput: 500 } })).toContain(
    "data volume 200 GiB gp3 46.00",
  );
});

test("a type whose price isn't known is said, not guessed", () => {
  expect(cost({ instanceType: "u7i-12tb.224xlarge" })).toMatch(
    /^about 8\.45 USD, without u7i-12tb\.224xlarge, whose price isn't known here/,
  );
  expect(cost({ dataVolume: { type: "io2", iops: 4000 } })).toContain("without data volume 50 GiB io2");
});

test("a region whose prices aren't known has no estimate", () => {
  expect(cost({ region: "ap-south-2" })).toMatch(/^unknown: there are no prices of ap-south-2/);
});

test("a spot machine costs at most what one on demand does", () => {
  expect(cost({ spot: true })).toContain("t3.medium at the on-demand price, spot is less 30.37");
});
