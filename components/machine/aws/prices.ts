/** What AWS asks for, USD without taxes. */
export interface RegionPrices {
  /** An hour of Linux on demand, by instance type. */
  instanceHour: Record<string, number>;
  /** A month of a GiB, by type of volume. */
  volumeGibMonth: Record<string, number>;
  /** A month of an operation per second beyond gp3's 3000. */
  gp3IopsMonth: number;
  /** A month of a MiB per second beyond gp3's 125. */
  gp3ThroughputMonth: number;
}

/** An hour of a public IPv4 address, in every region. */
export const publicAddressHour = 0.005;

/**
 * AWS's public list prices (aws.amazon.com/ec2/pricing/on-demand, /ebs/pricing, /vpc/pricing). Only what is known for
 * certain is here; a type that is missing has no estimate. Where each was looked up:
 *
 * - instances in us-east-1: pkg/providers/pricing/zz_generated.pricing_aws.go of aws/karpenter-provider-aws, which was
 *   generated from AWS's price list on 2026-07-20;
 * - t3 and t4g in the other regions: catalogs/v8/aws/vms.csv of skypilot-org/skypilot-catalog, commit e385a0d3, where
 *   us-east-2 and us-west-2 have us-east-1's prices;
 * - all else: as known in 2025, not looked up since.
 */
export const pricesAsOf = "2025 and 2026";

/** Sizes of a family double from one to the next. */
function sizes(family: string, first: string, hour: number, count: number): Record<string, number> {
  const all = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"];
  const from = all.indexOf(first);
  return Object.fromEntries(
    all.slice(from, from + count).map((size, index) => [`${family}.${size}`, hour * 2 ** index]),
  );
}

const northVirginia: RegionPrices = {
  instanceHour: {
    ...sizes("t3", "micro", 0.0104, 6),
    ...sizes("t3a", "micro", 0.0094, 6),
    ...sizes("t4g", "micro", 0.0084, 6),
    ...sizes("m5", "large", 0.096, 4),
    ...sizes("m6i", "large", 0.096, 4),
    ...sizes("m6g", "large", 0.077, 4),
    ...sizes("m7i", "large", 0.1008, 4),
    ...sizes("m7g", "large", 0.0816, 4),
    ...sizes("m8g", "large", 0.08976, 4),
    ...sizes("c5", "large", 0.085, 3),
    ...sizes("c6i", "large", 0.085, 4),
    ...sizes("c6g", "large", 0.068, 4),
    ...sizes("c7i", "large", 0.08925, 4),
    ...sizes("c7g", "large", 0.0725, 4),
    ...sizes("c8g", "large", 0.07976, 4),
    ...sizes("r6i", "large", 0.126, 4),
    ...sizes("r6g", "large", 0.1008, 4),
  },
  volumeGibMonth: { gp3: 0.08, gp2: 0.1 },
  gp3IopsMonth: 0.005,
  gp3ThroughputMonth: 0.04,
};

/** By region. */
export const prices: Record<string, RegionPrices> = {
  "us-east-1": northVirginia,
  "us-east-2": northVirginia,
  "us-west-2": northVirginia,
  "eu-west-1": {
    instanceHour: {
      ...sizes("t3", "micro", 0.0114, 6),
      ...sizes("t3a", "micro", 0.0102, 6),
      ...sizes("t4g", "micro", 0.0092, 6),
      ...sizes("m5", "large", 0.107, 4),
      ...sizes("m6i", "large", 0.107, 4),
      ...sizes("m6g", "large", 0.086, 4),
    },
    volumeGibMonth: { gp3: 0.088, gp2: 0.11 },
    gp3IopsMonth: 0.0055,
    gp3ThroughputMonth: 0.044,
  },
  "eu-central-1": {
    instanceHour: {
      ...sizes("t3", "micro", 0.012, 6),
      ...sizes("t3a", "micro", 0.0108, 6),
      ...sizes("t4g", "micro", 0.0096, 6),
      ...sizes("m5", "large", 0.115, 4),
      ...sizes("m6i", "large", 0.115, 4),
      ...sizes("m6g", "large", 0.092, 4),
    },
    volumeGibMonth: { gp3: 0.0952, gp2: 0.119 },
    gp3IopsMonth: 0.006,
    gp3ThroughputMonth: 0.048,
  },
};
