import { isIP } from "node:net";
import { plain, type ResourceType } from "../provider.ts";
import { type Fields, list, must, object, string } from "../shape.ts";
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
export const identityInputs: Fields = {
  privateKeyPem: string,
  subject: object({ commonName: string.nullish(), organization: string.nullish() }).nullish(),
};

/** The values of {@link identityInputs}. */
export interface Identity {
  privateKeyPem: string;
  subject?: Subject;
}

const schema: Schema = {
  inputs: {
    ...identityInputs,
    dnsNames: list(string).nullish(),
    ipAddresses: list(
      string.refine((value) => isIP(value) > 0, must("an IP address like 192.0.2.1 or 2001:db8::1")),
    ).nullish(),
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
