import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BundleCommand } from "../../../support/bundleCommand";
import { succeeded } from "../../../support/run";

jest.setTimeout(30_000);

let bundle: BundleCommand;
let folder: string;

beforeAll(() => {
  bundle = new BundleCommand({ made: ["alice", "bob"], requested: ["carol"] });
  folder = join(bundle.here, "out");
});
afterAll(() => bundle.remove());
afterEach(() => {
  for (const name of readdirSync(bundle.here)) rmSync(join(bundle.here, name), { recursive: true });
});

test("a folder holds the three files alone, each with its permissions, and the instructions are beside it", async () => {
  const { stdout, stderr } = succeeded(await bundle.run(["alice", "--out", "out"]));
  expect(files()).toEqual(bundle.pems("alice"));
  expect([mode(""), mode("ca.pem"), mode("cert.pem"), mode("key.pem")]).toEqual([0o700, 0o444, 0o444, 0o400]);
  expect(readdirSync(bundle.here)).toEqual(["out", "out.md"]);
  expect(stdout).toBe("");
  expect(stderr).toBe(`The bundle of alice is in ${folder}. The instructions are in ${folder}.md.\n`);
});

test("without --out it is the folder in the user's home that DOCKER_CERT_PATH means", async () => {
  succeeded(await bundle.run(["alice", "--stack", "team/remote-docker/prod"]));
  expect(files(join(bundle.home, ".docker/remote/prod/alice"))).toEqual(bundle.pems("alice"));
});

test("an older bundle of the same client is brought up to date", async () => {
  succeeded(await bundle.run(["alice", "--out", "out"]));
  const [before, renewed] = [bundle.outputs, bundle.pki.signed("alice", "root", "clientAuth")];
  const pems = { ...bundle.pems("alice"), "cert.pem": renewed.certificate, "key.pem": renewed.key };
  bundle.outputs = { ...before, bundles: { alice: pems } };
  succeeded(await bundle.run(["alice", "--out", "out"]));
  expect(files()).toEqual(pems);
  expect(mode("key.pem")).toBe(0o400);
  bundle.outputs = before;
});

test("a client with a request gets no key, and is told to put its own there", async () => {
  const { stderr } = succeeded(await bundle.run(["carol", "--out", "out"]));
  expect(Object.keys(files())).toEqual(["ca.pem", "cert.pem"]);
  expect(stderr).toContain("carol's own key belongs beside cert.pem as key.pem (0400)");
});

test("the key that a client made itself stays when its certificate is renewed", async () => {
  succeeded(await bundle.run(["carol", "--out", "out"]));
  const key = readFileSync(bundle.pki.file("carol.key"), "utf8");
  writeFileSync(join(folder, "key.pem"), key);
  succeeded(await bundle.run(["carol", "--out", "out"]));
  expect(files()).toEqual({ ...bundle.pems("carol"), "key.pem": key });
});

test("a key that isn't the certificate's is neither kept nor lost", async () => {
  succeeded(await bundle.run(["carol", "--out", "out"]));
  writeFileSync(join(folder, "key.pem"), bundle.pems("bob")["key.pem"]);
  await refused(
    "carol",
    "has a key.pem that doesn't belong to the certificate of carol; put the right one there",
  );
});

test.each([
  [
    "other files",
    () => folderWith({ "ca.pem": "", "notes.txt": "" }),
    "holds other things than a bundle (notes.txt)",
  ],
  [
    "another client's bundle",
    () => folderWith(bundle.pems("bob")),
    "holds another bundle (cert.pem is bob's)",
  ],
  ["something that isn't a certificate", () => folderWith({ "cert.pem": "x" }), "(cert.pem is nobody's)"],
  ["a key of somebody's", () => folderWith({ "key.pem": "x" }), "has a key.pem that doesn't belong"],
  ["a file", () => writeFileSync(folder, "text"), "is not a folder"],
])("%s where the folder should go stay as they are", async (_, prepare, message) => {
  prepare();
  await refused("alice", message);
});

test("a file of the user's where the instructions should go stays as it is", async () => {
  writeFileSync(`${folder}.md`, "# My notes\n");
  await refused("alice", "out.md, where the instructions belong, is there already and is something else");
});

test("an empty folder is taken, and closed to others", async () => {
  mkdirSync(folder, { mode: 0o755 });
  succeeded(await bundle.run(["alice", "--out", folder]));
  expect(mode("")).toBe(0o700);
});

test("a place that can't be written is named, with what to do", async () => {
  writeFileSync(join(bundle.here, "file"), "");
  const { status, stderr } = await bundle.run(["alice", "--out", "file/out"]);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /^error: .*\/file\/out can't be written \(.*\): name another folder with --out\n$/,
    ),
  });
});

/** The command refuses with a message, and changes nothing. */
async function refused(client: string, message: string): Promise<void> {
  const before = snapshot();
  const { status, stderr } = await bundle.run([client, "--out", "out"]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) });
  expect(stderr).toContain("name another folder with --out");
  expect(snapshot()).toEqual(before);
}

function folderWith(content: Record<string, string>): void {
  mkdirSync(folder);
  for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, name), text);
  chmodSync(folder, 0o755);
}

function snapshot(): unknown {
  return readdirSync(bundle.here, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, statSync(path).mode, entry.isFile() ? readFileSync(path, "utf8") : ""];
  });
}

function files(place = folder): Record<string, string> {
  return Object.fromEntries(
    readdirSync(place)
      .sort()
      .map((name) => [name, readFileSync(join(place, name), "utf8")]),
  );
}

function mode(name: string): number {
  return statSync(join(folder, name)).mode & 0o777;
}
