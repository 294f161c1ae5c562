import { isIP } from "node:net";
import { z } from "zod";
import { clientProblems, clientsSchema } from "./authority/clientArgs";
import { rotationProblems, rotationSchema } from "./authority/rotation";
import { addressSchema } from "./dialedAddress";
import { daemonSchema } from "./daemon/daemonArgs";
import { daemonProblems } from "./daemon/problems";
import { minimumTlsSchema } from "./frontDoor/tlsVersions";
import { machineProblems, machineSchemas } from "./machine/kinds";
import { type Problem, problems } from "./validation";

const dnsName =
  /^(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export const remoteDockerSchema = z.strictObject(
  {
    ...machineSchemas,

    /**
     * The people and jobs that may use the daemon; each gets a certificate and a client bundle of its own. The first is
     * the one that the outputs DOCKER_HOST, DOCKER_CERT_PATH and DOCKER_TLS_VERIFY are for.
     * @example [{ name: "alice" }, { name: "ci", validityHours: 720 }]
     */
    clients: clientsSchema,

    /**
     * DNS names by which clients may dial the machine, besides its addresses and localhost: they go into the server's
     * certificate.
     * @default []
     * @example ["docker.example.com"]
     */
    serverNames: z
      .array(
        z
          .string("a DNS name, like docker.example.com")
          // Who dials an address looks for it among the certificate's addresses alone.
          .refine((name) => dnsName.test(name) && isIP(name) === 0, "a DNS name, like docker.example.com"),
        {
          error: "a list of DNS names, like [docker.example.com]",
        },
      )
      .optional(),

    /**
     * What clients dial: a name or an IP address, perhaps with a port, where it isn't the machine's own. It is in every
     * bundle, and among the names of the server's certificate. It must lead to the machine already, as `up` tries it.
     * @default the machine's own address, and the front door's port
     * @example "docker.example.com"
     */
    address: addressSchema.optional(),

    /**
     * The oldest TLS version that clients may come by: 1.2, of which only suites with forward secrecy are taken, or 1.3.
     * Docker's own client speaks 1.3 since 19.03; everything on docker-java, and some older clients, 1.2 alone.
     * @default "1.2"
     */
    minimumTls: minimumTlsSchema.optional(),

    /** Which generation of each key is in use. Default: the first of each. */
    rotation: rotationSchema.optional(),

    /** The daemon's options. Default: see each. */
    daemon: daemonSchema.optional(),

    /**
     * Keys of daemon.json that {@link DaemonArgs} doesn't have, passed through as they are, by their names in daemon.json.
     * @default {}
     * @example { "max-concurrent-uploads": 3 }
     */
    daemonExtra: z.record(z.string(), z.unknown(), "keys of daemon.json with their values").optional(),
  },
  "the arguments of a shared daemon",
);

/** Everything that can be said about a shared daemon. */
export type RemoteDockerArgs = z.input<typeof remoteDockerSchema>;

/** Everything that is wrong with the arguments, none when they are fine. */
export function remoteDockerProblems(args: RemoteDockerArgs): Problem[] {
  const found = problems(remoteDockerSchema, args);
  if (found.length > 0) return found;
  return [
    ...machineProblems(args, args.daemon),
    ...clientProblems(args.clients, "clients"),
    ...rotationProblems(args.rotation ?? {}, args.clients, "rotation"),
    ...daemonProblems(args.daemon ?? {}, args.daemonExtra ?? {}),
  ];
}
