import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import fc from "fast-check";
import { Authority, type ServerArgs } from "../../../components/authority/authority";
import { allowList } from "../../../components/frontDoor/allowList";
import { haproxyConfiguration } from "../../../components/frontDoor/haproxy";
import { type RemoteDockerArgs, remoteDockerProblems } from "../../../components/remoteDockerArgs";
import { plain, type PropertyMap, type ResourceType } from "../../../engine/providers/provider.ts";
import { certRequest } from "../../../engine/providers/tls/certRequest.ts";
import { locallySignedCert } from "../../../engine/providers/tls/locallySignedCert.ts";
import { privateKey } from "../../../engine/providers/tls/privateKey.ts";
import { selfSignedCert } from "../../../engine/providers/tls/selfSignedCert.ts";
import { mockPulumi, valueOf } from "../../support/mocks";
import { made } from "../engine/providers/context";

// Loading the X.509 library takes a busy computer its time.
jest.setTimeout(60_000);

const certPem = readFileSync(join(__dirname, "certificate.pem"), "utf8");
const registered = mockPulumi({
  "tls:index/privateKey:PrivateKey": () => ({ privateKeyPemPkcs8: "" }),
  "tls:index/selfSignedCert:SelfSignedCert": () => ({ certPem: "", validityEndTime: "" }),
  "tls:index/certRequest:CertRequest": () => ({ certRequestPem: "" }),
  "tls:index/locallySignedCert:LocallySignedCert": () => ({ certPem, validityEndTime: "" }),
  "command:local:Command": () => ({ stdout: '{"issued":[],"handedOn":[]}' }),
});

const text = async (type: ResourceType, inputs: PropertyMap, name: string) =>
  plain((await made(type, inputs)).outputs[name]) as string;

let key: string;
let root: string;
beforeAll(async () => {
  key = await text(privateKey, { algorithm: "ECDSA", ecdsaCurve: "P256" }, "privateKeyPem");
  const authority = { privateKeyPem: key, subject: { commonName: "root" }, isCaCertificate: true };
  root = await text(
    selfSignedCert,
    { ...authority, validityPeriodHours: 1, allowedUses: ["cert_signing"] },
    "certPem",
  );
});

let count = 0;

/** What the authority asks for, by the end of a resource's name, with the real provider's certificates for it. */
async function issued({
  addresses = [],
  serverNames = [],
  ...args
}: Partial<ConstructorParameters<typeof Authority>[1] & ServerArgs>) {
  const name = `authority${count++}`;
  const authority = new Authority(name, {
    clients: [{ name: "alice" }],
    ...args,
  });
  const all = [authority.certifyServer({ addresses, serverNames }), ...Object.values(authority.clients)];
  await Promise.all(all.map(({ expires }) => valueOf(expires)));
  const inputs = (resource: string) =>
    registered.find((one) => one.name === `${name}-${resource}`)!.inputs as PropertyMap;
  const certificate = async (whose: string) => {
    const request = { ...inputs(`${whose}-request`), privateKeyPem: key };
    const signing = {
      ...inputs(`${whose}-certificate`),
      certRequestPem: await text(certRequest, request, "certRequestPem"),
    };
    const issuer = { caPrivateKeyPem: key, caCertPem: root };
    return new X509Certificate(await text(locallySignedCert, { ...signing, ...issuer }, "certPem"));
  };
  return { inputs, certificate };
}

const problems = (args: Partial<RemoteDockerArgs>) =>
  remoteDockerProblems({ machine: "local", clients: [{ name: "alice" }], ...args });

const refusedPlaces = (args: Partial<RemoteDockerArgs>) =>
  problems(args).map(({ propertyPath }) => propertyPath);

/** What is nearly a name: with characters that mean something to a shell, a path, HAProxy, JSON or X.500. */
const nearlyNames = (characters: string) =>
  fc.string({ unit: fc.constantFrom(...characters, ..." \n\t:/\\\"'$`%{}#,=+*;&@~é\0"), maxLength: 8 });

const names = fc
  .oneof(fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/), nearlyNames("ab0._-A"), fc.string())
  .filter((name) => problems({ clients: [{ name }] }).length === 0);

describe("any name that is accepted", () => {
  test("is the certificate's common name, letter by letter", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(names, { minLength: 1, maxLength: 10 }), async (all) => {
        const { certificate } = await issued({ clients: all.map((name) => ({ name })) });
        for (const name of all) {
          const { subject } = (await certificate(`client-${name}`)).toLegacyObject();
          expect(subject).toMatchObject({ CN: name });
        }
      }),
      { numRuns: 4 },
    );
  });

  test("is one folder's name, also in a shell's command", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(posix.relative("/bundles", posix.join("/bundles", name))).toBe(name);
        expect(posix.basename(name)).toBe(name);
        expect(execFileSync("sh", ["-c", `printf '%s|' stack/${name}`], { encoding: "utf8" })).toBe(
          `stack/${name}|`,
        );
      }),
      { numRuns: 50 },
    );
  });

  test("is one word of the front door's server line, of its allow-list and of its log", () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 1, maxLength: 5 }), (all) => {
        const clients = all.map((name, index) => ({ name, fingerprint: String(index).repeat(64) }));
        const servers = clients.map(({ name, fingerprint }) => `${name}:${fingerprint.slice(0, 16)}`);
        const address = "127.0.0.1:2378";
        const text = haproxyConfiguration({
          clients,
          daemonAddress: address,
          plainListener: false,
          folder: "/f",
        });
        const words = text.split("\n").map((line) => line.trim().split(" "));
        const lines = words.filter(([first, , where]) => first === "server" && where === address);
        // The last one is the front door's own, for users on the machine.
        expect(lines.map(([, server]) => server).sort()).toEqual([...servers, "daemon"].sort());
        const list = allowList(clients).trimEnd().split("\n");
        expect(list.sort()).toEqual(
          clients.map((one, index) => `${one.fingerprint} ${servers[index]}`).sort(),
        );
        for (const name of all) expect(JSON.parse(`"${name}"`)).toBe(name);
      }),
    );
  });
});

test("a name with anything else than small letters, digits, dots, underscores and hyphens is refused", () => {
  const others = fc.oneof(nearlyNames("ab0._-A"), fc.string({ unit: "binary" })).filter((name) => {
    return [...name].some((character) => !"abcdefghijklmnopqrstuvwxyz0123456789._-".includes(character));
  });
  fc.assert(
    fc.property(others, (name) =>
      expect(refusedPlaces({ clients: [{ name }] })).toEqual(["clients[0].name"]),
    ),
  );
});

test("whoever has another's name, or the health check's, is refused", () => {
  const lists = fc.uniqueArray(names, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lists, fc.nat(), (all, pick) => {
      const clients = all.map((name) => ({ name }));
      const again = { name: all[pick % all.length] };
      expect(refusedPlaces({ clients: [...clients, again] })).toEqual([`clients[${all.length}].name`]);
      expect(refusedPlaces({ clients: [...clients, { name: "health" }] })).toEqual([
        `clients[${all.length}].name`,
      ]);
    }),
  );
});

describe("a lifetime", () => {
  test("of whole hours up to ten years is the certificate's, which renews before its end and not from its beginning", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 87_600 }), { maxLength: 10 }), async (all) => {
        const clients = [1, 87_600, ...all].map((validityHours, index) => ({
          name: `client-${index}`,
          validityHours,
        }));
        expect(problems({ clients })).toEqual([]);
        const { inputs, certificate } = await issued({ clients });
        for (const { name, validityHours } of clients) {
          const { validFromDate, validToDate } = await certificate(`client-${name}`);
          expect(validToDate.getTime() - validFromDate.getTime()).toBe(validityHours * 3_600_000);
          const { earlyRenewalHours } = inputs(`client-${name}-certificate`);
          expect(earlyRenewalHours).toBe(Math.min(720, Math.floor(validityHours / 3)));
        }
      }),
      { numRuns: 4 },
    );
  });

  test("of anything else is refused", () => {
    const others = fc.oneof(
      fc.integer({ max: 0 }),
      fc.integer({ min: 87_601 }),
      fc.double().filter((hours) => !Number.isInteger(hours)),
      fc.string(),
      fc.constantFrom(null, true, [], {}),
    );
    fc.assert(
      fc.property(others, (hours) => {
        const clients = [{ name: "alice", validityHours: hours as number }];
        expect(refusedPlaces({ clients })).toEqual(["clients[0].validityHours"]);
      }),
    );
  });
});

describe("server names", () => {
  const serverNames = fc
    .oneof(
      fc.domain(),
      fc.domain().map((name) => `*.${name}`),
      fc.domain().map((name) => name.toUpperCase()),
      nearlyNames("ab0.-A"),
    )
    .filter((name) => problems({ serverNames: [name] }).length === 0);

  test("that are accepted, and the machine's addresses, are what the server's certificate is for, and nothing else is", async () => {
    const lists = fc.uniqueArray(serverNames, { maxLength: 5 });
    const addresses = fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(lists, addresses, async (asked, dialled) => {
        const { certificate } = await issued({ serverNames: asked, addresses: dialled });
        const server = await certificate("server");
        const found = server.subjectAltName!.split(", ").filter((name) => name.startsWith("DNS:"));
        expect(new Set(found)).toEqual(new Set(["localhost", ...asked].map((name) => `DNS:${name}`)));
        for (const name of asked) expect(server.checkHost(name.replace("*.", "any."))).toBeDefined();
        for (const address of ["127.0.0.1", ...dialled]) expect(server.checkIP(address)).toBeDefined();
        expect(server.checkIP("203.0.113.99")).toBe(
          dialled.includes("203.0.113.99") ? "203.0.113.99" : undefined,
        );
      }),
      { numRuns: 4 },
    );
  });

  test("with a character that no DNS name has, and addresses, are refused, each by its place", () => {
    const others = fc.oneof(
      nearlyNames("ab0.-A").filter((name) => !/^[a-zA-Z0-9.*-]*$/.test(name)),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(others, (name) =>
        expect(refusedPlaces({ serverNames: ["docker.example.com", name] })).toEqual(["serverNames[1]"]),
      ),
    );
  });
});
