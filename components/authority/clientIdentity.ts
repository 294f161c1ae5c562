import type * as pulumi from "@pulumi/pulumi";
import { type ClientArgs, requestText } from "./clientArgs";
import { generationName, type Issued, requested, type Root, signed } from "./identity";
import { lifetime } from "./lifetime";

/** A client's certificate, and its key if the program made it. */
export type ClientIdentity = Issued & {
  /** The private key, PEM (PKCS #8), a secret; missing for a client with a request of its own, who alone has it. */
  key?: pulumi.Output<string>;
};

/**
 * A client's certificate, for a key that the program makes or for the client's own request.
 *
 * @param name the parent's; the resources' names begin with it
 */
export function clientIdentity(
  name: string,
  client: ClientArgs,
  root: Root,
  opts: pulumi.ResourceOptions,
): ClientIdentity {
  const own = generationName(`${name}-client-${client.name}`, client.generation ?? 1);
  const { key, request } =
    client.csr === undefined
      ? requested(own, { commonName: client.name }, opts)
      : { key: undefined, request: requestText(client.csr) };
  const certificate = signed(
    generationName(`${own}-certificate`, root.generation),
    { request, usage: "clientAuth", issuer: root, ...lifetime(client.validityHours) },
    opts,
  );
  return key === undefined ? certificate : { ...certificate, key };
}
