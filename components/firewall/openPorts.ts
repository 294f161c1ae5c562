import { z } from "zod";
import { frontDoorPort } from "../frontDoor/haproxyCommon";

/** A port that the firewall opens to the outside. */
export interface OpenPort {
  port: number;
  protocol: "tcp" | "udp";
}

/** The front door is open anyway, and behind it are sshd, the plain listener and dockerd. */
const own = [22, 2375, frontDoorPort, 2377, 2378];

const openPort = z
  .custom<number | string>(isPort, "a port; write a number from 1 to 65535, or a text like 53/udp")
  .refine(
    (written) => openPortOf(written).protocol === "udp" || !own.includes(openPortOf(written).port),
    `a port that can be opened: the machine's own ones (${own.join(", ")}) can't; leave it out`,
  );

function isPort(written: unknown): boolean {
  if (!/^[0-9]{1,5}(\/(tcp|udp))?$/.test(String(written))) return false;
  const { port } = openPortOf(String(written));
  return port >= 1 && port <= 65535;
}

/** Ports in the configuration: a number is TCP. */
export const openPortsSchema = z
  .array(openPort, "a list of ports, like [8080, 53/udp]")
  .refine(
    (all) => new Set(all.map((one) => JSON.stringify(openPortOf(one)))).size === all.length,
    "a list with each port once; remove the others",
  );

/**
 * The port that a part of the configuration means.
 *
 * @example openPortOf("53/udp") // { port: 53, protocol: "udp" }
 */
export function openPortOf(written: number | string): OpenPort {
  const [port, protocol] = String(written).split("/");
  return { port: Number(port), protocol: protocol === "udp" ? "udp" : "tcp" };
}
