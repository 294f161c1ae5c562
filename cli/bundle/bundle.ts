import { createPrivateKey, X509Certificate } from "node:crypto";
import { noSuchClient, notUp, shortName } from "../shared/clients.ts";
import { UserError } from "../shared/userError.ts";
import type { SshWay } from "./sshInstructions.ts";

/** A file of a client bundle. */
export interface BundleFile {
  name: "ca.pem" | "cert.pem" | "key.pem";
  /** Permissions. */
  mode: number;
  /** PEM. */
  content: string;
}

/** A client's bundle, and what its instructions need to know. */
export interface Bundle {
  client: string;
  /** The stack's own name, without organization and project. */
  stack: string;
  /** e.g. `tcp://192.0.2.7:2376` */
  dockerHost: string;
  certificate: X509Certificate;
  /** ca.pem, cert.pem and key.pem; no key.pem where the client made its key itself. */
  files: BundleFile[];
  /** The way by SSH, which needs none of the files. Missing: the client has no key of SSH. */
  ssh?: SshWay;
}

/** What a stack's outputs say of a client. */
interface ClientOutput {
  DOCKER_CERT_PATH?: string;
  ssh?: SshWay;
}

type Pems = Partial<Record<BundleFile["name"], string>>;

const modes = { "ca.pem": 0o444, "cert.pem": 0o444, "key.pem": 0o400 } as const;
const clientAuth = "1.3.6.1.5.5.7.3.2";

/**
 * A client's bundle out of a stack's outputs.
 *
 * @throws UserError when the stack isn't up, has no such client, or gives something that isn't the client's own
 */
export function bundleOf(
  stack: string,
  outputs: Record<string, unknown>,
  client: string | undefined,
): Bundle {
  const { DOCKER_HOST: dockerHost, bundles } = outputs as { DOCKER_HOST?: string; bundles?: object };
  if (typeof dockerHost !== "string") throw new UserError(notUp(stack));
  if (bundles === undefined) {
    throw new UserError(
      `the stack ${stack} has no bundles among its outputs yet; they come with: npm run up`,
    );
  }
  const clients = (outputs.clients ?? {}) as Record<string, ClientOutput>;
  const there = [...new Set([...Object.keys(clients), ...Object.keys(bundles)])];
  if (client === undefined) {
    throw new UserError(
      `whose bundle? The stack ${stack} has: ${there.join(", ")}. Write: npm run bundle -- NAME`,
    );
  }
  if (!there.includes(client)) throw new UserError(noSuchClient(stack, client, there));
  if (!Object.hasOwn(bundles, client)) {
    throw new UserError(
      `${client} comes by SSH alone, and has no bundle; print what they need to know: npm run bundle -- ${client} --instructions`,
    );
  }
  const pems = (bundles as Record<string, Pems>)[client];
  const certificate = clientCertificate(stack, client, pems);
  const ssh = Object.hasOwn(clients, client) ? clients[client].ssh : undefined;
  return { client, stack: shortName(stack), dockerHost, certificate, files: filesOf(pems), ssh };
}

/** The way of a client who comes by SSH alone; undefined for everybody else. */
export function onlyBySsh(outputs: Record<string, unknown>, client: string | undefined): SshWay | undefined {
  const clients = (outputs.clients ?? {}) as Record<string, ClientOutput>;
  if (client === undefined || !Object.hasOwn(clients, client)) return undefined;
  const { DOCKER_CERT_PATH, ssh } = clients[client];
  return DOCKER_CERT_PATH === undefined ? ssh : undefined;
}

/** Whose a certificate is, by its common name. */
export function commonName(certificate: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1];
}

function filesOf(pems: Pems): BundleFile[] {
  return (["ca.pem", "cert.pem", "key.pem"] as const).flatMap((name) => {
    const content = pems[name];
    return content === undefined ? [] : [{ name, mode: modes[name], content }];
  });
}

/** Nothing leaves that isn't the client's own: neither another one's certificate or key, nor a key in a wrong place. */
function clientCertificate(stack: string, client: string, pems: Pems): X509Certificate {
  const { "ca.pem": root = "", "cert.pem": leaf = "", "key.pem": key } = pems;
  const complain = (what: string): never => {
    throw new UserError(
      `the output bundles of the stack ${stack} is damaged, nothing was handed over: ${client}'s ${what}`,
    );
  };
  if (!isCertificates(root)) complain("ca.pem holds something other than certificates");
  if (!isCertificates(leaf)) complain("cert.pem holds something other than certificates");
  const certificate = new X509Certificate(leaf);
  if (certificate.ca || !certificate.keyUsage?.includes(clientAuth)) {
    complain("cert.pem isn't a client's certificate");
  }
  if (commonName(certificate) !== client) complain(`cert.pem is ${commonName(certificate)}'s`);
  if (key !== undefined && !certificate.checkPrivateKey(createPrivateKey(key))) {
    complain("key.pem isn't the key of cert.pem");
  }
  return certificate;
}

function isCertificates(pem: string): boolean {
  return /^(\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/.test(pem);
}
