import { plain } from "../provider.ts";
import {
  type Certificate,
  certificateDefaults,
  certificateInputs,
  certificateResource,
  issue,
} from "./certificate.ts";
import { type Identity, identityInputs } from "./certRequest.ts";
import { parsePrivateKey, publicKeyDer } from "./key.ts";
import { outputsOf, type Schema } from "./resource.ts";
import { distinguishedName, x509 } from "./x509.ts";

const schema: Schema = {
  inputs: { ...identityInputs, ...certificateInputs },
  defaults: { ...certificateDefaults, setAuthorityKeyId: false },
  secrets: ["privateKeyPem"],
  updatable: ["earlyRenewalHours"],
};

/** `tls:index/selfSignedCert:SelfSignedCert`: every change but earlyRenewalHours replaces. */
export const selfSignedCert = certificateResource(schema, async (inputs) => {
  const lib = await x509();
  const args = plain(inputs) as unknown as Identity & Certificate;
  const { key, algorithm } = parsePrivateKey(args.privateKeyPem);
  const subject = distinguishedName(lib, args.subject ?? {});
  const { id, computed } = await issue(lib, args, { subject, publicKey: publicKeyDer(key), signingKey: key });
  return { id, outputs: outputsOf(schema, inputs, { ...computed, keyAlgorithm: algorithm }) };
});
