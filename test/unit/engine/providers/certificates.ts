import {
  plain,
  type PropertyMap,
  type ResourceState,
  Secret,
} from "../../../../engine/providers/provider.ts";
import { certRequest } from "../../../../engine/providers/tls/certRequest.ts";
import { locallySignedCert } from "../../../../engine/providers/tls/locallySignedCert.ts";
import { privateKey } from "../../../../engine/providers/tls/privateKey.ts";
import { selfSignedCert } from "../../../../engine/providers/tls/selfSignedCert.ts";
import { type Made, made, testContext } from "./context.ts";

// Loading the X.509 library takes a busy computer its time.
jest.setTimeout(30_000);

/** An output that is text, a secret one too. */
export function text(state: ResourceState, name: string): string {
  return plain(state.outputs[name]) as string;
}

export async function newKey(
  properties: PropertyMap = { algorithm: "ECDSA", ecdsaCurve: "P256" },
): Promise<string> {
  return text(await made(privateKey, properties), "privateKeyPem");
}

const authorityUses = { isCaCertificate: true, allowedUses: ["cert_signing", "crl_signing"] };

export async function newAuthority(privateKeyPem: string, properties: PropertyMap = {}): Promise<Made> {
  return made(selfSignedCert, {
    privateKeyPem,
    subject: { commonName: "root", organization: "test" },
    validityPeriodHours: 87600,
    ...authorityUses,
    ...properties,
  });
}

export async function request(properties: PropertyMap = {}): Promise<Made> {
  return made(certRequest, { privateKeyPem: await newKey(), subject: { commonName: "leaf" }, ...properties });
}

/** An authority that signs. */
export class Root {
  readonly key: string;
  readonly certificate: Made;

  private constructor(key: string, certificate: Made) {
    this.key = key;
    this.certificate = certificate;
  }

  static async make(): Promise<Root> {
    const key = await newKey();
    return new Root(key, await newAuthority(key));
  }

  async sign(certRequestPem: string, properties: PropertyMap = {}, context = testContext()): Promise<Made> {
    const issuer = { caPrivateKeyPem: new Secret(this.key), caCertPem: text(this.certificate, "certPem") };
    return made(
      locallySignedCert,
      {
        certRequestPem,
        ...issuer,
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: 24,
        ...properties,
      },
      context,
    );
  }
}
