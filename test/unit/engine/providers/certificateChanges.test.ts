import * as fc from "fast-check";
import {
  type PropertyMap,
  type ResourceState,
  Secret,
  UNKNOWN,
} from "../../../../engine/providers/provider.ts";
import { certRequest } from "../../../../engine/providers/tls/certRequest.ts";
import { locallySignedCert } from "../../../../engine/providers/tls/locallySignedCert.ts";
import { selfSignedCert } from "../../../../engine/providers/tls/selfSignedCert.ts";
import { request, Root, text } from "./certificates.ts";
import { testContext } from "./context.ts";

let root: Root;
beforeAll(async () => {
  root = await Root.make();
});

describe("a change", () => {
  const none = { changed: [], replace: [] };

  test("of nothing is none, defaults written out or not", async () => {
    const leaf = await root.sign(text(await request(), "certRequestPem"));
    expect(locallySignedCert.diff(leaf, leaf.inputs)).toEqual(none);
    const explicit = { isCaCertificate: false, setSubjectKeyId: false, earlyRenewalHours: 0 };
    expect(locallySignedCert.diff(leaf, { ...leaf.inputs, ...explicit })).toEqual(none);
    const csr = await request();
    expect(certRequest.diff(csr, csr.inputs)).toEqual(none);
  });

  test("of a state by the official provider, nulls and nanoseconds in it, is none", () => {
    const outputs = {
      ...root.certificate.outputs,
      dnsNames: null,
      subject: { commonName: "root", organization: "test", country: null },
      validityEndTime: "2999-11-21T07:44:29.709522503Z",
      __meta: "{}",
    };
    expect(
      selfSignedCert.diff({ inputs: root.certificate.inputs, outputs }, root.certificate.inputs),
    ).toEqual(none);
  });

  test.each([
    ["subject", { commonName: "other" }],
    ["validityPeriodHours", 1],
    ["allowedUses", ["cert_signing"]],
    ["isCaCertificate", false],
    ["setSubjectKeyId", true],
    ["privateKeyPem", new Secret("another")],
    ["privateKeyPem", UNKNOWN],
  ] as [string, PropertyMap[string]][])("of %s replaces", (name, value) => {
    expect(selfSignedCert.diff(root.certificate, { ...root.certificate.inputs, [name]: value })).toEqual({
      changed: [name],
      replace: [name],
    });
  });

  test("of a secret into the same value that isn't one is none", () => {
    expect(
      selfSignedCert.diff(root.certificate, { ...root.certificate.inputs, privateKeyPem: root.key }),
    ).toEqual(none);
  });

  test("of earlyRenewalHours updates, and keeps the certificate", async () => {
    const news = { ...root.certificate.inputs, earlyRenewalHours: 5 };
    expect(selfSignedCert.diff(root.certificate, news)).toEqual({
      changed: ["earlyRenewalHours"],
      replace: [],
    });
    const { outputs } = await selfSignedCert.update!(
      root.certificate.id,
      root.certificate,
      news,
      testContext(),
    );
    expect(outputs).toEqual({ ...root.certificate.outputs, earlyRenewalHours: 5 });
  });
});

describe("early renewal", () => {
  const hours = (state: ResourceState, left: number): ResourceState => ({
    inputs: state.inputs,
    outputs: { ...state.outputs, validityEndTime: new Date(Date.now() + left * 3_600_000).toISOString() },
  });

  test("replaces exactly when fewer hours are left than earlyRenewalHours", async () => {
    const leaf = await root.sign(text(await request(), "certRequestPem"));
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 0, max: 20 }),
        (left, earlyRenewalHours) => {
          const state = hours(leaf, left + 0.5);
          state.outputs.earlyRenewalHours = earlyRenewalHours;
          const { replace } = locallySignedCert.diff(state, { ...leaf.inputs, earlyRenewalHours });
          expect(replace).toEqual(left + 0.5 <= earlyRenewalHours ? ["readyForRenewal"] : []);
        },
      ),
    );
  });

  test("is seen by a refresh, and taken back by an update once it is over", async () => {
    const leaf = await root.sign(text(await request(), "certRequestPem"), { earlyRenewalHours: 5 });
    const [far, near] = [hours(leaf, 6), hours(leaf, 4)];
    expect((await locallySignedCert.read!(leaf.id, far, testContext()))!.outputs).toEqual(far.outputs);
    const refreshed = (await locallySignedCert.read!(leaf.id, near, testContext()))!;
    expect(refreshed.outputs).toEqual({ ...near.outputs, readyForRenewal: true });
    const news = { ...leaf.inputs, earlyRenewalHours: 1 };
    expect(locallySignedCert.diff(refreshed, news)).toEqual({
      changed: ["earlyRenewalHours", "readyForRenewal"],
      replace: [],
    });
    const { outputs } = await locallySignedCert.update!(leaf.id, refreshed, news, testContext());
    expect(outputs).toMatchObject({ earlyRenewalHours: 1, readyForRenewal: false });
  });

  test("is always on when the window is as long as the life", async () => {
    const leaf = await root.sign(text(await request(), "certRequestPem"), {
      validityPeriodHours: 5,
      earlyRenewalHours: 5,
    });
    expect(leaf.outputs.readyForRenewal).toBe(true);
    expect(locallySignedCert.diff(leaf, leaf.inputs).replace).toEqual(["readyForRenewal"]);
  });
});
