import * as net from "node:net";
import * as os from "node:os";
import { z } from "zod";
import { generationSchema } from "../../authority/rotation";
import { type Problem, whole } from "../../validation";

const ipv4 = "an IPv4 address; write 127.0.0.1, 0.0.0.0 for all addresses, or one of this computer's own";
const url = "the URL of a Debian mirror; write it like http://debian.example.com/debian";

const security =
  "the URL of a Debian security archive; write it like http://debian.example.com/debian-security, or none";

/** What is allowed in {@link LocalMachineArgs}. */
export const localMachineSchema = z.strictObject(
  {
    /**
     * Processors of the machine, 1 to 64. A change restarts it.
     * @default 2
     */
    cpus: whole("a number of processors", 1, 64).default(2),
    /**
     * Memory in MiB, 1024 or more. A change restarts the machine.
     * @default 2048
     */
    memory: whole("an amount of memory in MiB", 1024, 1048576).default(2048),
    /**
     * Size in GiB of the disk with the data: images, containers, volumes, build cache. 4 or more; it takes space as it
     * fills and can only grow. A change restarts the machine. The system has another 8 GiB.
     * @default 20
     */
    diskSize: whole("a size of a disk in GiB", 4, 16384).default(20),
    /**
     * TCP port of this computer that leads to the front door. A change restarts the machine.
     * @default 2376
     */
    port: whole("a TCP port", 1, 65535).default(2376),
    /**
     * IPv4 address of this computer at which the front door can be reached; `0.0.0.0` for all of them. A change restarts
     * the machine.
     * @default "127.0.0.1"
     */
    bind: z.string({ error: ipv4 }).refine(net.isIPv4, { error: ipv4 }).default("127.0.0.1"),
    /**
     * Generation of the machine's system: another number makes it anew from an image of today's packages, with images,
     * containers, volumes and build cache kept. Everything that runs on the machine ends.
     * @default 1
     * @example 2
     */
    image: generationSchema.default(1),
    /**
     * URL of the Debian mirror that the machine's image is built from, and that the machine has its updates from.
     * @default the mirror that this computer's own apt uses
     * @example "http://debian.example.com/debian"
     */
    // It becomes a line of apt's sources, where a space or a line break would begin something else.
    mirror: z
      .string({ error: url })
      .regex(/^https?:\/\/[^\s[\]]+$/, { error: url })
      .default(""),
    /**
     * URL of the security archive for the image and the machine's updates, or `none` where there is none within reach.
     * @default the one that this computer's own apt uses
     * @example "http://debian.example.com/debian-security"
     */
    securityMirror: z
      .string({ error: security })
      .regex(/^(https?:\/\/[^\s[\]]+|none)$/, { error: security })
      .default(""),
  },
  "the arguments of a local machine: cpus, memory, diskSize, port, bind, image, mirror, securityMirror",
);

/** A virtual machine on this computer. Plain values: they are checked before anything is created. */
export type LocalMachineArgs = z.input<typeof localMachineSchema>;

/** The arguments with their defaults; an empty mirror stands for the one of this computer's apt. */
export type LocalMachineSettings = z.output<typeof localMachineSchema>;

/** The IPv4 addresses of this computer, without loopback. */
export function ownAddresses(): string[] {
  const all = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

/** What of the settings can't be had on this computer, as far as Node.js knows it. */
export function computerProblems(settings: LocalMachineSettings): Problem[] {
  if (process.platform !== "linux" || process.arch !== "x64") {
    const reason = `"local" needs Linux on x86-64, and this is ${process.platform} on ${process.arch}; use another kind of machine`;
    return [{ propertyPath: "machine", reason }];
  }
  const { bind } = settings;
  if (bind === "0.0.0.0" || bind.startsWith("127.") || ownAddresses().includes(bind)) return [];
  const own = ["127.0.0.1", "0.0.0.0", ...ownAddresses()].join(", ");
  return [
    {
      propertyPath: "local.bind",
      reason: `"${bind}" is not an address of this computer; write one of ${own}`,
    },
  ];
}
