import { plain, type ResourceType } from "../provider.ts";
import { integer, oneOf, withDefaults } from "../shape.ts";
import { type Algorithm, curves, keyId, newPrivateKey, privateKeyOutputs, publicKeyOutputs } from "./key.ts";
import { check, diff, outputsOf, type Schema } from "./resource.ts";

const schema: Schema = {
  inputs: {
    algorithm: { shape: oneOf("RSA", "ECDSA", "ED25519"), required: true },
    ecdsaCurve: { shape: oneOf(...Object.keys(curves)) },
    rsaBits: { shape: integer(1024) },
  },
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  secrets: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
};

/** `tls:index/privateKey:PrivateKey`: every change replaces. */
export const privateKey: ResourceType = {
  check: (news) => check(schema, news),
  diff: (olds, news) => diff(schema, olds, news),
  async create(inputs) {
    const { algorithm, ecdsaCurve, rsaBits } = plain(withDefaults(inputs, schema.defaults)) as {
      algorithm: Algorithm;
      ecdsaCurve: string;
      rsaBits: number;
    };
    const key = await newPrivateKey(algorithm, ecdsaCurve, rsaBits);
    const id = keyId(key);
    const computed = { id, ...privateKeyOutputs(key), ...publicKeyOutputs(key) };
    return { id, outputs: outputsOf(schema, inputs, computed) };
  },
};
