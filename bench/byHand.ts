import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { configurationSet, type PemPair } from "../components/host/configurationSet";
import type { Guest } from "../test/support/guest";
import { fingerprint } from "../test/support/pki";
import { run, succeeded } from "../test/support/run";

const links = {
  "etc/haproxy/haproxy.cfg": "frontDoor/haproxy.cfg",
  "etc/docker/daemon.json": "daemon/daemon.json",
  "etc/systemd/system/docker.service.d/10-remote-docker.conf": "restart/docker.service.conf",
  "etc/systemd/system/docker-.scope.d/10-remote-docker.conf": "restart/docker.scope.conf",
};

const takeUp = [
  "sudo -n tar -x -C / --no-overwrite-dir --no-same-owner",
  "sudo -n systemctl daemon-reload",
  "sudo -n systemctl enable --quiet docker haproxy",
  "sudo -n systemctl restart docker",
  "sudo -n systemctl reload haproxy",
].join(" && ");

/**
 * What somebody does who has the same files, but only openssl, tar and ssh: certificates, one session that brings
 * everything and restarts the daemon, and the same questions from outside.
 */
export async function provisionByHand(guest: Guest): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "remote-docker-by-hand-"));
  try {
    const pems = await certificates(folder);
    const archive = execFileSync("tar", ["-c", "-C", writeFiles(folder, pems), "."]);
    succeeded(await guest.ssh(takeUp, archive));
    await ask(guest.port, pems);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Pems = Record<string, PemPair>;

async function certificates(folder: string): Promise<Pems> {
  succeeded(await run(["bash", join(__dirname, "certificates.sh"), folder]));
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const names = [
    ...["root", "inner", "selfSigned", "server", "innerServer", "innerClient"],
    ...["me", "health", "unlisted"],
  ];
  return Object.fromEntries(
    names.map((name) => [name, { certificate: read(`${name}.pem`), key: read(`${name}.key`) }]),
  );
}

/** The files as they are on the host, in a folder that stands for its root. */
function writeFiles(folder: string, pems: Pems): string {
  const { root, server, inner, innerServer, innerClient } = pems;
  const set = configurationSet({
    root: root.certificate,
    server,
    inner: { issuer: inner.certificate, server: innerServer, client: innerClient },
    clients: ["me", "health"].map((name) => ({ name, fingerprint: fingerprint(pems[name].certificate) })),
    daemon: {},
    daemonExtra: {},
  });
  const tree = join(folder, "tree");
  const current = "etc/remote-docker/current";
  for (const [file, content] of Object.entries(set)) {
    mkdirSync(join(tree, current, dirname(file)), { recursive: true });
    writeFileSync(join(tree, current, file), content, { mode: 0o600 });
  }
  for (const [place, file] of Object.entries(links)) {
    mkdirSync(join(tree, dirname(place)), { recursive: true });
    symlinkSync(`/${current}/${file}`, join(tree, place));
  }
  return tree;
}

/** The health component's own probe. */
async function ask(port: number, { root, health, unlisted, selfSigned }: Pems): Promise<void> {
  const target = { host: "127.0.0.1", port, root: root.certificate, client: health, unlisted, selfSigned };
  const former = { allowed: [], bundles: ".docker/remote/by-hand" };
  const input = JSON.stringify({ ...target, ...former, patienceSeconds: 60 });
  succeeded(await run(["node", join(__dirname, "../components/health/probe.js")], { input }));
}
