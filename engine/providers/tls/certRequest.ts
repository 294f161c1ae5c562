import { isIP } from "node:net";
import { plain, type ResourceType } from "../provider.ts";
import { type Field, list, object, string, text } from "../shape.ts";
import { derId, parsePrivateKey } from "./key.ts";
import { pem } from "./openSsh.ts";
import { check, diff, outputsOf, type Schema } from "./resource.ts";
import {
  type AlternativeNames,
  alternativeNames,
  distinguishedName,
  signer,
  type Subject,
  x509,
} from "./x509.ts";

/** Who a certificate is for, in a request and in a self-signed certificate. */
export const identityInputs: Record<string, Field> = {
  privateKeyPem: { shape: string, required: true },
  subject: { shape: object({ commonName: { shape: string }, organization: { shape: string } }) },
};

/** The values of {@link identityInputs}. */
export interface Identity {
  privateKeyPem: string;
  subject?: Subject;
}

const schema: Schema = {
  inputs: {
    ...identityInputs,
    dnsNames: { shape: list(string) },
    ipAddresses: {
      shape: list(text((value) => isIP(value) > 0, "an IP address like 192.0.2.1 or 2001:db8::1")),
    },
  },
  defaults: {},
  secrets: ["privateKeyPem"],
};

/** `tls:index/certRequest:CertRequest`: every change replaces. */
export const certRequest: ResourceType = {
  check: (news) => check(schema, news),
  diff: (olds, news) => diff(schema, olds, news),
  async create(inputs) {
    const lib = await x509();
    const identity = plain(inputs) as unknown as Identity & AlternativeNames;
    const { key, algorithm } = parsePrivateKey(identity.privateKeyPem);
    const keys = signer(key);
    const name = distinguishedName(lib, identity.subject ?? {});
    const request = await lib.Pkcs10CertificateRequestGenerator.create({
      name,
      keys,
      signingAlgorithm: keys.algorithm,
      extensions: alternativeNames(lib, identity, name.toJSON().length === 0),
    });
    const der = Buffer.from(request.rawData);
    const id = derId(der);
    const computed = { id, keyAlgorithm: algorithm, certRequestPem: pem("CERTIFICATE REQUEST", der) };
    return { id, outputs: outputsOf(schema, inputs, computed) };
  },
};
