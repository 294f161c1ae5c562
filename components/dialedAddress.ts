import { isIP } from "node:net";
import { z } from "zod";

/** What clients dial, taken apart, and what of it belongs into the server's certificate. */
export interface DialedAddress {
  host?: string;
  port?: number;
  names: string[];
  addresses: string[];
}

const error =
  "what clients dial: a name or an IP address, perhaps with a port, like docker.example.com or 192.0.2.7:2376";

const dnsName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export const addressSchema = z.string(error).refine((text) => {
  const [host, port] = parts(text);
  return (isIP(host) !== 0 || dnsName.test(host)) && (port === undefined || (port > 0 && port < 65536));
}, error);

/**
 * @param text fits {@link addressSchema}; undefined: the machine's own address
 * @example dialedAddress("docker.example.com:12376").port // 12376
 */
export function dialedAddress(text?: string): DialedAddress {
  if (text === undefined) return { names: [], addresses: [] };
  const [host, port] = parts(text);
  return isIP(host) === 0
    ? { host, port, names: [host], addresses: [] }
    : { host, port, names: [], addresses: [host] };
}

/** A host as a URL has it. */
export function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** `name`, `name:port`, `2001:db8::7` or `[2001:db8::7]:port`. */
function parts(text: string): [string, number | undefined] {
  if (isIP(text) !== 0) return [text, undefined];
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(text) ?? [];
  return [bracketed ?? plain ?? "", port === undefined ? undefined : Number(port)];
}
