import fc from "fast-check";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

import { type PropertyMap, type PropertyValue, Secret, UNKNOWN } from "../../../engine/providers/provider";
import * as signatures from "../../../engine/wire/signatures";
import { decode, decodeMap, encode, encodeMap, withoutReferences } from "../../../engine/wire/properties";

const signature = "4dabf18193072939515e22adb298388d";

const values = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.constant(UNKNOWN),
    tie("value").map((value) => new Secret(value)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test("the marks are the SDK's own", () => {
  expect({
    key: signatures.SIGNATURE_KEY,
    secret: signatures.SECRET,
    reference: signatures.RESOURCE_REFERENCE,
    output: signatures.OUTPUT_VALUE,
    asset: signatures.ASSET,
    archive: signatures.ARCHIVE,
    unknown: signatures.UNKNOWN_VALUE,
  }).toEqual({
    key: rpc.specialSigKey,
    secret: rpc.specialSecretSig,
    reference: rpc.specialResourceSig,
    output: rpc.specialOutputValueSig,
    asset: rpc.specialAssetSig,
    archive: rpc.specialArchiveSig,
    unknown: rpc.unknownValue,
  });
});

test.each([NaN, Infinity, -Infinity])("%d, which no state can hold, is refused", (value) => {
  expect(() => decodeMap({ list: [value] })).toThrow(/is no number that the state can hold/);
});

test("whatever a program sends comes back as it was sent, through the real message", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), values, { noNullPrototype: true }),
      (map: PropertyMap) => {
        const bytes = struct.Struct.fromJavaScript(encodeMap(map)).serializeBinary();
        expect(decodeMap(struct.Struct.deserializeBinary(bytes).toJavaScript())).toEqual(map);
      },
    ),
  );
});

test("an output value is its value, secret if it says so, unknown without one", () => {
  const output = { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
  expect(decode({ ...output, value: 1 })).toBe(1);
  expect(decode({ ...output, value: 1, secret: true })).toEqual(new Secret(1));
  expect(decode({ ...output, secret: true })).toEqual(new Secret(UNKNOWN));
});

test("a secret and an unknown are marked as the SDK expects", () => {
  expect(encode(new Secret(UNKNOWN))).toEqual({
    [signature]: "1b47061264138c4ac30d75fd1eb44270",
    value: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  });
});

test("an asset is refused, saying that it needs the official CLI", () => {
  const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
  expect(() => decode({ a: [asset] })).toThrow(/official Pulumi CLI/);
});

test("a provider sees a resource's id, and a component's URN, instead of a reference", () => {
  const reference = { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x" };
  expect(withoutReferences({ a: [{ ...reference, id: "7" }], b: new Secret(reference) })).toEqual({
    a: ["7"],
    b: new Secret("urn:x"),
  });
});
