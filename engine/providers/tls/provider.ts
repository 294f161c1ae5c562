import type { Provider } from "../provider.ts";
import { certRequest } from "./certRequest.ts";
import { locallySignedCert } from "./locallySignedCert.ts";
import { privateKey } from "./privateKey.ts";
import { selfSignedCert } from "./selfSignedCert.ts";

/**
 * Keys and certificates as the official provider makes them: @pulumi/tls, which is hashicorp/terraform-provider-tls
 * underneath. Everything is made once and only recorded in the state: nothing is ever deleted anywhere.
 */
export const tlsProvider: Provider = {
  name: "tls",
  version: "5.6.1",
  resources: {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
  },
};
