import type { AwsMachineSettings } from "./args";
import { prices, pricesAsOf, publicAddressHour, type RegionPrices } from "./prices";

const hoursOfMonth = 730;

/**
 * What the machine costs a month if it runs all the time, as a sentence with its parts; what isn't known is said, not
 * guessed.
 */
export function estimatedMonthlyCost(settings: AwsMachineSettings): string {
  const { region, instanceType, spot, rootVolumeSize, dataVolume } = settings;
  const list = prices[region];
  if (list === undefined) return `unknown: there are no prices of ${region} here; see calculator.aws`;
  const hour = list.instanceHour[instanceType];
  const parts: [string, number | undefined][] = [
    [`${instanceType}${spot ? " at the on-demand price, spot is less" : ""}`, hour && hour * hoursOfMonth],
    [`root volume ${rootVolumeSize} GiB`, rootVolumeSize * list.volumeGibMonth.gp3],
    [`data volume ${dataVolume.size} GiB ${dataVolume.type}`, volumePrice(dataVolume, list)],
    ["public IPv4 address", publicAddressHour * hoursOfMonth],
  ];
  const unknown = parts.filter(([, price]) => price === undefined).map(([what]) => what);
  const total = parts.reduce((sum, [, price]) => sum + (price ?? 0), 0);
  const without =
    unknown.length > 0 ? `, without ${unknown.join(" and ")}, whose price isn't known here` : "";
  const known = parts.flatMap(([what, price]) =>
    price === undefined ? [] : [`${what} ${price.toFixed(2)}`],
  );
  return (
    `about ${total.toFixed(2)} USD${without}: ${known.join(", ")}; before taxes, traffic and snapshots ` +
    `(estimate from AWS's list prices of ${pricesAsOf} for ${region})`
  );
}

function volumePrice(volume: AwsMachineSettings["dataVolume"], list: RegionPrices): number | undefined {
  const gib = list.volumeGibMonth[volume.type];
  if (gib === undefined) return undefined;
  const iops = Math.max(0, (volume.iops ?? 3000) - 3000) * list.gp3IopsMonth;
  const throughput = Math.max(0, (volume.throughput ?? 125) - 125) * list.gp3ThroughputMonth;
  return volume.size * gib + (volume.type === "gp3" ? iops + throughput : 0);
}
