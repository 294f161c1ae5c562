import * as net from "node:net";
import ipaddr from "ipaddr.js";
import type { Problem } from "../../validation";

type Family = "IPv4" | "IPv6";

interface Block {
  family: Family;
  /** As EC2 writes it, e.g. `2001:db8::/32`. */
  text: string;
  first: bigint;
  last: bigint;
}

const example: Record<Family, string> = { IPv4: "203.0.113.0/24", IPv6: "2001:db8:7::/48" };
const bits: Record<Family, number> = { IPv4: 32, IPv6: 128 };

/** From this many addresses on it is as good as all: half of IPv4's, and half of IPv6's public ones (2000::/3). */
const tooMany: Record<Family, bigint> = { IPv4: 2n ** 31n + 1n, IPv6: 2n ** 124n };

/** The blocks as EC2 writes them. They are fine already. */
export function canonicalCidrs(cidrs: string[]): { family: Family; text: string }[] {
  return cidrs.flatMap((cidr) => {
    const block = blockOf(cidr);
    return typeof block === "string" ? [] : [{ family: block.family, text: block.text }];
  });
}

/** The families of which as good as every address is allowed. */
export function openFamilies(cidrs: string[]): Family[] {
  const blocks = cidrs.map(blockOf).filter((block) => typeof block !== "string");
  return (["IPv4", "IPv6"] as const).filter((family) => covered(blocks, family) >= tooMany[family]);
}

/** Everything that is wrong with the CIDR blocks from which a machine on AWS may be reached. */
export function cidrProblems(cidrs: string[] | undefined, allowAnyAddress: boolean): Problem[] {
  const propertyPath = "allowedCidrs";
  if (cidrs === undefined || cidrs.length === 0) {
    const state = cidrs === undefined ? "is missing" : "is empty, so that nobody could reach the machine";
    const reason =
      `${state}; write the CIDR blocks from which it may be reached, with your own address among them, like ` +
      "[203.0.113.7/32]; `curl https://checkip.amazonaws.com` shows your own address";
    return [{ propertyPath, reason }];
  }
  const blocks = cidrs.map(blockOf);
  const found: Problem[] = [];
  const seen = new Set<string>();
  blocks.forEach((block, index) => {
    const at = `${propertyPath}[${index}]`;
    if (typeof block === "string") found.push({ propertyPath: at, reason: block });
    else if (seen.has(block.text))
      found.push({ propertyPath: at, reason: `${block.text} is there already; remove one` });
    else seen.add(block.text);
  });
  if (found.length > 0 || allowAnyAddress) return found;
  return openFamilies(cidrs).map((family) => {
    const which = cidrs.filter((cidr) => canonicalCidrs([cidr])[0].family === family).join(", ");
    const reason =
      `${which} lets as good as every ${family} address in; name the networks that need it, like ${example[family]}, ` +
      "or set allowAnyAddress: true if that is what you want";
    return { propertyPath, reason };
  });
}

/** A block, or what is wrong with it. */
function blockOf(cidr: string): Block | string {
  const [address, length, ...rest] = cidr.split("/");
  const family = net.isIPv4(address) ? "IPv4" : net.isIPv6(address) ? "IPv6" : undefined;
  if (family === undefined || address.includes("%")) return wrong(cidr, example.IPv4);
  if (length === undefined) return wrong(cidr, `${address}/${bits[family]}`);
  const prefix = Number(length);
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || prefix > bits[family])
    return wrong(cidr, example[family]);
  const first = number(ipaddr.parse(address));
  const size = 2n ** BigInt(bits[family] - prefix);
  if (first % size !== 0n) {
    const classOf = family === "IPv4" ? ipaddr.IPv4 : ipaddr.IPv6;
    const network = classOf.networkAddressFromCIDR(cidr).toString();
    return `"${cidr}" has bits set beyond its prefix; write ${network}/${prefix}, or ${address}/${bits[family]} for the one address`;
  }
  if (family === "IPv6" && (ipaddr.parse(address) as ipaddr.IPv6).isIPv4MappedAddress()) {
    return `"${cidr}" stands for IPv4 addresses; write them as such, like ${example.IPv4}`;
  }
  return { family, text: `${ipaddr.parse(address).toString()}/${prefix}`, first, last: first + size - 1n };
}

function wrong(cidr: string, right: string): string {
  return `"${cidr}" is not a CIDR block; write it like ${right}`;
}

function number(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

/** How many addresses of the family are in at least one of the blocks. */
function covered(blocks: Block[], family: Family): bigint {
  const sorted = blocks
    .filter((block) => block.family === family)
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  let sum = 0n;
  let end = -1n;
  for (const { first, last } of sorted) {
    if (last <= end) continue;
    sum += last - (first > end ? first - 1n : end);
    end = last;
  }
  return sum;
}
