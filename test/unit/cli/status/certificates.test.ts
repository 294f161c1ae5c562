import { X509Certificate } from "node:crypto";
import { lifetime } from "../../../../components/authority/lifetime";
import { endings, nextRenewal } from "../../../../cli/status/certificates.ts";
import { parseLook } from "../../../../cli/status/answer.ts";
import { Pki } from "../../../support/pki";

const pki = new Pki();
afterAll(() => pki.remove());

const der = (pem: string) => new X509Certificate(pem).raw.toString("base64");

test("a certificate's renewal is when up would renew it", () => {
  const { certificate } = pki.signed("alice", "root", "clientAuth");
  const { validFrom, validTo } = new X509Certificate(certificate);
  const hours = (Date.parse(validTo) - Date.parse(validFrom)) / 3600_000;
  const early = lifetime(Math.round(hours)).earlyRenewalHours * 3600_000;
  const [server] = endings({}, der(certificate));
  expect(Date.parse(server.renewal!)).toBe(Date.parse(validTo) - early);
});

test("a client who isn't handed over by this stack has its end, and no renewal; the root isn't renewed by itself", () => {
  const server = der(pki.pair("server").certificate);
  const outputs = {
    clients: { bob: { expires: "2027-01-01T00:00:00Z" } },
    rootExpires: "2036-01-01T00:00:00Z",
  };
  const all = endings(outputs, server, Date.parse("2026-12-22T12:00:00Z"));
  expect(all.slice(1)).toEqual([
    { whose: "bob", expires: "2027-01-01T00:00:00Z", daysLeft: 9 },
    { whose: "root", expires: "2036-01-01T00:00:00Z", daysLeft: 3296 },
  ]);
  expect(nextRenewal(all)?.whose).toBe("server");
});

test("an answer that isn't a machine's is refused, and says what is wrong with it", () => {
  expect(() => parseLook(["== now 1", "== status", '{"uptime":"long"}'])).toThrow(
    /its status; run npm run up once: .*uptime/s,
  );
  expect(() => parseLook(["nothing"])).toThrow("the machine answered something else than its status");
});
