import { plain, type ResourceType } from "../provider.ts";
import { oneOf } from "../shape.ts";
import {
  type Algorithm,
  derId,
  newPrivateKey,
  privateKeyOutputs,
  publicKeyDer,
  publicKeyOutputs,
} from "./key.ts";
import { check, diff, outputsOf, type Schema } from "./resource.ts";

const schema: Schema = {
  inputs: {
    algorithm: oneOf("ECDSA", "ED25519"),
    ecdsaCurve: oneOf("P256").nullish(),
  },
  // As the official provider's, also for keys that have no curve or bits.
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  secrets: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
};

/** `tls:index/privateKey:PrivateKey`: every change replaces. */
export const privateKey: ResourceType = {
  check(news) {
    const { inputs, failures } = check(schema, news);
    const p224 = inputs.algorithm === "ECDSA" && inputs.ecdsaCurve === undefined;
    const reason = 'is P224 where it is missing, which the offline engine doesn\'t make; write "P256"';
    return { inputs, failures: p224 ? [...failures, { property: "ecdsaCurve", reason }] : failures };
  },
  diff: (olds, news) => diff(schema, olds, news),
  async create(inputs) {
    const { algorithm } = plain(inputs) as { algorithm: Algorithm };
    const key = await newPrivateKey(algorithm);
    const id = derId(publicKeyDer(key));
    const computed = { id, ...privateKeyOutputs(key), ...publicKeyOutputs(key) };
    return { id, outputs: outputsOf(schema, inputs, computed) };
  },
};
