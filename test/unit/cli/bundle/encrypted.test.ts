import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BundleCommand } from "../../../support/bundleCommand";
import { run, succeeded } from "../../../support/run";

const passphrase = "five random words are enough";

// A passphrase is made slow to try on purpose.
jest.setTimeout(60_000);

let bundle: BundleCommand;
let archive: string;

beforeAll(() => {
  bundle = new BundleCommand({ made: ["alice"], requested: ["carol"] });
  archive = join(bundle.here, "alice.tar.age");
});
afterAll(() => bundle.remove());
afterEach(() => {
  for (const name of readdirSync(bundle.here)) rmSync(join(bundle.here, name), { recursive: true });
});

test("the receiver's own age and tar unpack the bundle, with the lines that the sender is shown", async () => {
  const receiver = keyPair("key.txt");
  const { stdout, stderr } = succeeded(await bundle.run(["alice", "--age", receiver]));
  expect(stdout).toBe("");
  const lines = stderr.split("\n").filter((line) => line.startsWith("  "));
  succeeded(await inShell(lines.join("\n")));
  succeeded(await inShell(lines.join("\n"))); // over an older one, whose files are read-only
  expect(content(join(bundle.home, ".docker/remote/dev/alice"))).toEqual(bundle.pems("alice"));
  const mode = (name: string) => statSync(join(bundle.home, ".docker/remote/dev", name)).mode & 0o777;
  expect(["alice", "alice/ca.pem", "alice/key.pem"].map(mode)).toEqual([0o700, 0o444, 0o400]);
  const instructions = readFileSync(join(bundle.home, ".docker/remote/dev/alice.md"), "utf8");
  expect(instructions).toContain("The Docker daemon at tcp://192.0.2.7:2376, for alice");
});

test("each of several receivers can read it, and nobody else", async () => {
  const [one, two] = [keyPair("one"), keyPair("two")];
  keyPair("three");
  writeFileSync(join(bundle.here, "team.txt"), `# the team\n\n${two}\n`);
  succeeded(await bundle.run(["alice", "--age", one, "--age", "team.txt", "--out", "alice.age"]));
  const decrypted = (key: string) =>
    run(["age", "-d", "-i", join(bundle.here, key), join(bundle.here, "alice.age")]);
  for (const key of ["one", "two"]) succeeded(await decrypted(key));
  expect((await decrypted("three")).status).not.toBe(0);
});

test("nothing but the encrypted file is ever written, and that is its owner's alone", async () => {
  const receiver = keyPair("key.txt");
  const names = new Set<string>();
  const watcher = watch(bundle.here, (_, name) => names.add(name!.replace(/\d+/, "PID")));
  succeeded(await bundle.run(["alice", "--age", receiver]));
  const seen = new Promise<void>((resolve) => watcher.on("change", (_, name) => name === "end" && resolve()));
  writeFileSync(join(bundle.here, "end"), "");
  await seen;
  watcher.close();
  names.delete("end");
  expect([...names].sort()).toEqual(["alice.tar.age", "alice.tar.age.PID.new"]);
  expect(statSync(archive).mode & 0o777).toBe(0o600);
});

test("a passphrase comes from standard input, and real age asks for it", async () => {
  succeeded(await bundle.run(["carol", "--passphrase"], { input: `${passphrase}\n` }));
  const age = bundle.atTerminal("age -d -o carol.tar carol.tar.age");
  await age.printsEventually("Enter passphrase");
  age.type(`${passphrase}\n`);
  succeeded(await age.finish());
  const listed = succeeded(await run(["tar", "-tf", join(bundle.here, "carol.tar")])).stdout;
  expect(listed).toBe("carol/\ncarol/ca.pem\ncarol/cert.pem\ncarol.md\n");
});

test("at a terminal a passphrase is asked for twice and not shown", async () => {
  const typed = bundle.atTerminal("$0 alice --passphrase");
  await typed.printsEventually("Passphrase: ");
  typed.type(`${passphrase}\n`);
  await typed.printsEventually("Once more: ");
  typed.type(`${passphrase}\n`);
  const { stdout } = succeeded(await typed.finish());
  expect(stdout).toContain("is encrypted in");
  expect(stdout).not.toContain("random");
});

test("two passphrases that differ are refused, and nothing is written", async () => {
  const typed = bundle.atTerminal("$0 alice --passphrase");
  await typed.printsEventually("Passphrase: ");
  typed.type(`${passphrase}\n`);
  await typed.printsEventually("Once more: ");
  typed.type("five random words are enouhg\n");
  expect((await typed.finish()).stdout).toContain("error: the two passphrases aren't the same");
  expect(readdirSync(bundle.here)).toEqual([]);
});

test.each([
  ["Ctrl-C", "\x03"],
  ["Ctrl-D", "\x04"],
])("%s at the question ends it with nothing written", async (_, key) => {
  const typed = bundle.atTerminal("$0 alice --passphrase");
  await typed.printsEventually("Passphrase: ");
  typed.type(key);
  const { status, stdout } = await typed.finish();
  expect({ status, stdout }).toEqual({
    status: 1,
    stdout: expect.stringContaining("no passphrase was given"),
  });
  expect(readdirSync(bundle.here)).toEqual([]);
});

test("a passphrase that can be guessed is refused", async () => {
  const { status, stderr } = await bundle.run(["alice", "--passphrase"], { input: "secret\n" });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining("the passphrase has 6 characters; take at least 12"),
  });
});

test.each([
  [
    "a mistyped key",
    "age1qqqq",
    '--age: "age1qqqq" is not an age public key; the person makes a key pair with',
  ],
  [
    "no such file",
    "alice",
    "--age alice: neither an age public key (age1…) nor a file that can be read (ENOENT)",
  ],
  ["an SSH key", "ssh-ed25519 AAAAC3Nz alice", "--age: SSH keys can't be encrypted for here"],
  ["an empty file", "empty", "--age empty: the file has no public key in it"],
  ["a line of a file", "wrong", '--age wrong, line 2: "age2" is not an age public key'],
])("%s is refused by name", async (_, recipient, message) => {
  writeFileSync(join(bundle.here, "empty"), "# nobody\n");
  writeFileSync(join(bundle.here, "wrong"), "# team\nage2\n");
  const { status, stderr } = await bundle.run(["alice", "--age", recipient]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) });
});

test("somebody's private key in the public one's place is refused and not repeated", async () => {
  keyPair("key.txt");
  const secret = /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(bundle.here, "key.txt"), "utf8"))![0];
  for (const given of ["key.txt", secret]) {
    const { status, stderr } = await bundle.run(["alice", "--age", given]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("is a private key") });
    expect(stderr).not.toContain(secret);
  }
});

test("an older archive is replaced, and any other file stays as it is", async () => {
  const receiver = keyPair("key.txt");
  succeeded(await bundle.run(["alice", "--age", receiver]));
  succeeded(await bundle.run(["alice", "--age", receiver]));
  writeFileSync(archive, "my own");
  const { status, stderr } = await bundle.run(["alice", "--age", receiver]);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `error: ${archive} is there already and isn't an encrypted bundle: name another file with --out\n`,
  });
  expect(readFileSync(archive, "utf8")).toBe("my own");
});

test("a place that can't be written is named, with what to do", async () => {
  mkdirSync(archive);
  const { status, stderr } = await bundle.run(["alice", "--age", keyPair("key.txt")]);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /alice.tar.age can't be written \(EISDIR.*\): name another file with --out/,
    ),
  });
});

/** Makes a key pair as its receiver would; gives the public key. */
function keyPair(name: string): string {
  const file = join(bundle.here, name);
  execFileSync("age-keygen", ["-o", file], { stdio: "pipe" });
  return execFileSync("age-keygen", ["-y", file], { encoding: "utf8" }).trim();
}

function inShell(lines: string) {
  const env = { PATH: process.env.PATH, HOME: bundle.home };
  return run(["bash", "--norc", "-euo", "pipefail", "-c", lines], { cwd: bundle.here, env });
}

function content(place: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(place)
      .sort()
      .map((name) => [name, readFileSync(join(place, name), "utf8")]),
  );
}
