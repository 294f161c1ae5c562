import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientProblems } from "../../../components/authority/clientArgs";
import { sshKey, sshKeyProblem } from "../../../components/authority/sshKey";
import { remoteDockerProblems } from "../../../components/remoteDockerArgs";

const folder = mkdtempSync(join(tmpdir(), "ssh-key-"));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, ...type: string[]): { public: string; private: string; file: string } {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", ...type, "-N", "", "-C", "ana@laptop", "-f", file]);
  return { public: readFileSync(`${file}.pub`, "utf8"), private: readFileSync(file, "utf8"), file };
}

const field = (bytes: Buffer | string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const line = (type: string, ...fields: (Buffer | string)[]) =>
  `${type} ${Buffer.concat([type, ...fields].map(field)).toString("base64")}`;

const ed25519 = made("ed25519", "-t", "ed25519");

describe("a public key is taken", () => {
  test.each([
    ["Ed25519", ed25519],
    ["ECDSA P-256", made("p256", "-t", "ecdsa", "-b", "256")],
    ["ECDSA P-521", made("p521", "-t", "ecdsa", "-b", "521")],
    ["RSA of 3072 bits", made("rsa3072", "-t", "rsa", "-b", "3072")],
  ])("of %s, with the fingerprint that ssh-keygen shows", (_, key) => {
    expect(sshKeyProblem(key.public)).toBeUndefined();
    const shown = execFileSync("ssh-keygen", ["-lf", key.file], { encoding: "utf8" }).split(" ")[1];
    const { fingerprint } = sshKey(key.public);
    expect(`SHA256:${Buffer.from(fingerprint, "hex").toString("base64").replace(/=+$/, "")}`).toBe(shown);
  });

  test.each([
    ["sk-ssh-ed25519@openssh.com", [Buffer.alloc(32, 1), "ssh:"]],
    ["sk-ecdsa-sha2-nistp256@openssh.com", ["nistp256", Buffer.alloc(65, 4), "ssh:"]],
  ])("of a security key, %s", (type, fields) => {
    expect(sshKeyProblem(line(type, ...fields))).toBeUndefined();
  });

  test("without its comment, which may be anything", () => {
    expect(sshKey(`${ed25519.public.trim()}" evil\u0007`).line).toBe(
      ed25519.public.split(" ").slice(0, 2).join(" "),
    );
  });
});

describe("a public key is refused", () => {
  test.each<[string, unknown, string]>([
    ["that is empty", "", "is not a public key of SSH"],
    ["that is a list", ["ssh-ed25519 AAAA"], "is not a public key of SSH"],
    ["that is a sentence", "my key", "is not a public key of SSH"],
    ["of 2048 bits of RSA", made("rsa2048", "-t", "rsa", "-b", "2048").public, "is an RSA key of 2048 bits"],
    ["of DSA", line("ssh-dss", "p", "q", "g", "y"), "is of another type"],
    ["that is a certificate", line("ssh-ed25519-cert-v01@openssh.com", "x"), "is of another type"],
    ["with options in front", `command="/bin/sh" ${ed25519.public}`, "has something in front"],
    ["with an option in front", `no-pty ${ed25519.public}`, "has something in front"],
    ["that was cut off", ed25519.public.slice(0, 60), "is a damaged key"],
    ["of a type that its blob denies", ed25519.public.replace("ssh-ed25519", "ssh-rsa"), "is a damaged key"],
    ["in two lines", `${ed25519.public}${ed25519.public}`, "has several lines"],
  ])("%s", (_, text, reason) => {
    expect(sshKeyProblem(text)).toContain(reason);
  });

  test.each([
    ["OpenSSH's", ed25519.private],
    ["OpenSSH's, as one line", ed25519.private.replaceAll("\n", " ")],
    ["OpenSSH's, without its frame", ed25519.private.split("\n").slice(1, -2).join("")],
    ["PEM", made("pem", "-t", "rsa", "-b", "2048", "-m", "PEM").private],
    ["PuTTY's", "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nc2VjcmV0c2VjcmV0c2VjcmV0"],
  ])("if it is a private one by mistake, %s, and nothing of it is shown", (_, text) => {
    const [problem] = remoteDockerProblems({ clients: [{ name: "ana", sshKey: text }] });
    expect(problem.propertyPath).toBe("clients[0].sshKey");
    expect(problem.reason).toContain("is a private key");
    for (const word of text.split(/\s/).filter((each) => each.length > 12 && !each.startsWith("PuTTY")))
      expect(problem.reason).not.toContain(word);
  });

  test("also in a list, and nothing of it is shown", () => {
    const given = [ed25519.private] as unknown as string;
    const found = remoteDockerProblems({ clients: [{ name: "ana", sshKey: given }] });
    expect(JSON.stringify(found)).not.toContain("b3BlbnNzaC1");
    expect(found).toHaveLength(1);
  });
});

const other = made("other", "-t", "ed25519").public;

test("two clients can't have the same key, whatever its comment", () => {
  const clients = [
    { name: "ana", sshKey: ed25519.public },
    { name: "ben", sshKey: other },
    { name: "eve", sshKey: ed25519.public.replace("ana@laptop", "eve@desk") },
  ];
  expect(clientProblems(clients, "clients")).toEqual([
    expect.objectContaining({
      propertyPath: "clients[2].sshKey",
      reason: expect.stringContaining("is the key of clients[0] as well") as string,
    }),
  ]);
});

test.each([
  ["without a key", [{ name: "ana" }, { name: "ben", certificate: false }], "clients[1].certificate"],
  ["as the first", [{ name: "ana", certificate: false, sshKey: other }], "clients[0].certificate"],
  [
    "with a certificate's lifetime",
    [{ name: "ana" }, { name: "ben", certificate: false, sshKey: other, validityHours: 5 }],
    "clients[1].validityHours",
  ],
])("a client without a certificate is refused %s", (_, clients, propertyPath) => {
  expect(clientProblems(clients, "clients")).toEqual([expect.objectContaining({ propertyPath })]);
});
