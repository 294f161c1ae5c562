import { plain, type ResourceType } from "../provider.ts";
import { boolean } from "../shape.ts";
import {
  type Certificate,
  certificateDefaults,
  certificateDiff,
  certificateInputs,
  issue,
  refreshed,
  updated,
} from "./certificate.ts";
import { type Identity, identityInputs } from "./certRequest.ts";
import { parsePrivateKey } from "./key.ts";
import { check, outputsOf, type Schema } from "./resource.ts";
import { distinguishedName, publicKeyDer, x509 } from "./x509.ts";

const schema: Schema = {
  inputs: { ...identityInputs, ...certificateInputs, setAuthorityKeyId: { shape: boolean } },
  defaults: { ...certificateDefaults, setAuthorityKeyId: false },
  secrets: ["privateKeyPem"],
  updatable: ["earlyRenewalHours"],
  kept: ["maxPathLength"],
};

/** `tls:index/selfSignedCert:SelfSignedCert`: every change but earlyRenewalHours replaces. */
export const selfSignedCert: ResourceType = {
  check: (news) => check(schema, news),
  diff: (olds, news) => certificateDiff(schema, olds, news),
  async create(inputs) {
    const lib = await x509();
    const args = plain(inputs) as unknown as Identity & Certificate;
    const { key, algorithm } = parsePrivateKey(args.privateKeyPem);
    const subject = distinguishedName(lib, args.subject ?? {});
    const { id, computed } = await issue(lib, args, {
      subject,
      names: args,
      publicKey: publicKeyDer(key),
      signingKey: key,
    });
    return { id, outputs: outputsOf(schema, inputs, { ...computed, keyAlgorithm: algorithm }) };
  },
  read: async (id, state) => refreshed(id, state),
  update: async (_id, olds, news) => updated(schema, olds, news),
};
