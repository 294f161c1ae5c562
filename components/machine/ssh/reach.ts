import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { sshOptions, throughBastion } from "../../sshOptions";
import type { Problem } from "../../validation";
import type { SshHostArgs, SshTarget } from "./args";

/** Seconds for a connection. */
const dialSeconds = 15;

/** What came of a script on the host: what it printed and the host key that was shown, or why it did not run. */
export type Answer = { output: string; shownKey: string } | { problem: Problem };

/** The path of a key file, with `~` resolved. */
export function keyPath(file: string): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
}

/** What is wrong with the key files, none when each is a private key without a passphrase. */
export function keyProblems(args: SshHostArgs): Problem[] {
  const files = [
    { propertyPath: "ssh.keyFile", file: args.keyFile },
    { propertyPath: "ssh.bastion.keyFile", file: args.bastion?.keyFile },
  ];
  return files.flatMap(({ propertyPath, file }) => {
    const reason = file === undefined ? undefined : unreadableKey(file);
    return reason === undefined ? [] : [{ propertyPath, reason }];
  });
}

function unreadableKey(file: string): string | undefined {
  try {
    if (!readFileSync(keyPath(file), "utf8").includes("PRIVATE KEY-----"))
      return `"${file}" is not a private key; write the path of one, like ~/.ssh/id_ed25519`;
  } catch (error) {
    return `"${file}" can't be read (${(error as NodeJS.ErrnoException).code}); write the path of a private key, like ~/.ssh/id_ed25519`;
  }
  const { status } = spawnSync("ssh-keygen", ["-y", "-P", "", "-f", keyPath(file)], { encoding: "utf8" });
  return status === 0
    ? undefined
    : `"${file}" can't be used without a passphrase; add it to the SSH agent (ssh-add ${file}), and leave keyFile out`;
}

/**
 * Runs a script on the host by this computer's ssh, as root, and changes nothing here. A host whose key isn't known isn't
 * trusted: the problem then has the line to add.
 */
export function ask(args: SshHostArgs, command: string, script: string): Answer {
  const folder = mkdtempSync(join(tmpdir(), "remote-docker-ssh-"));
  try {
    const words = sshWords(args, folder);
    const { status, stdout, stderr, error } = spawnSync("ssh", ["-v", ...words, command], {
      input: script,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      timeout: 180_000,
    });
    if (error !== undefined)
      return problem(
        "ssh.host",
        `can't be asked: ${error.message}. Is ssh installed on this computer (openssh-client)?`,
      );
    if (status === 0) return { output: stdout, shownKey: shownKey(stderr) };
    return explain(args, spoken(stderr), status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** ssh's own arguments to reach the host, which ask for nothing. */
function sshWords(args: SshHostArgs, folder: string): string[] {
  const { bastion } = args;
  const way = bastion === undefined ? [] : throughBastion(hop(bastion, join(folder, "bastion")));
  return [...way, ...hop(args, join(folder, "host"))];
}

function hop({ host, port = 22, user = "root", keyFile, hostKey }: SshTarget, file: string): string[] {
  const settings = [
    "BatchMode=yes",
    `ConnectTimeout=${dialSeconds}`,
    "UpdateHostKeys=no",
    "ControlPath=none",
  ];
  if (hostKey !== undefined) {
    writeFileSync(file, `remote-docker-host ${hostKey}\n`, { mode: 0o600 });
    settings.push(`HostKeyAlgorithms=${algorithms(hostKey)}`);
  }
  const known = hostKey === undefined ? undefined : { file, alias: "remote-docker-host" };
  const key = keyFile === undefined ? undefined : keyPath(keyFile);
  return [...sshOptions({ keyFile: key, known, settings }), "-p", String(port), "-l", user, host];
}

function algorithms(hostKey: string): string {
  const [type] = hostKey.split(" ");
  return type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
}

/** Without what `-v` adds. */
function spoken(stderr: string): string {
  return stderr
    .split("\n")
    .filter(
      (line) => !/^(debug\d|OpenSSH_|Authenticated to |Transferred: |Bytes per second)/.test(line.trim()),
    )
    .join("\n")
    .trim();
}

/** SHA256:… of the host's key, the last one where a bastion showed its own before. */
function shownKey(stderr: string): string {
  return [...stderr.matchAll(/Server host key: \S+ (SHA256:\S+)/g)].at(-1)?.[1] ?? "";
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(hostKey: string): string {
  const blob = Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

function problem(propertyPath: string, reason: string): { problem: Problem } {
  return { problem: { propertyPath, reason } };
}

function explain(args: SshHostArgs, said: string, status: number | null): { problem: Problem } {
  const { host, user = "root", port = 22 } = args;
  const who = `${user}@${host}`;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said))
    return problem(
      "ssh.host",
      `"${host}" shows another key than this computer knows of: it may be another host. If its key was changed, remove the old one: ssh-keygen -R ${knownName(host, port)}`,
    );
  if (/host key is known for|Host key verification failed/.test(said)) return unknownHost(args);
  if (/Permission denied|Too many authentication failures/.test(said))
    return problem(
      args.keyFile === undefined ? "ssh.user" : "ssh.keyFile",
      `the host doesn't let ${who} in with ${args.keyFile === undefined ? "a key of the SSH agent" : `"${args.keyFile}"`}; add its public key to ~/.ssh/authorized_keys there (ssh-copy-id), or write another user or key`,
    );
  if (/sudo:.*password is required|sudo:.*terminal is required/.test(said))
    return problem(
      "ssh.user",
      `sudo asks "${user}" for a password on ${host}; let it do without, there: echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/remote-docker`,
    );
  if (/sudo: (command )?not found|not in the sudoers/.test(said))
    return problem(
      "ssh.user",
      `"${user}" can't become root on ${host} by sudo: ${lastLine(said)}; write root, or another user`,
    );
  if (status === 255)
    return problem(
      "ssh.host",
      `"${host}" can't be reached at port ${port}: ${lastLine(said)}; is it up, and does it let this computer in?`,
    );
  return problem("ssh.host", `"${host}" can't be examined: ${said || `exit status ${status}`}`);
}

function unknownHost({ host, port = 22, hostKey, bastion }: SshHostArgs): { problem: Problem } {
  if (hostKey !== undefined)
    return problem("ssh.hostKey", `is not the key that "${host}" shows; write the host's own`);
  const scan =
    bastion === undefined
      ? spawnSync("ssh-keyscan", ["-T", "5", "-t", "ed25519", "-p", String(port), host], { encoding: "utf8" })
      : undefined;
  const line = scan?.stdout.split("\n").find((one) => one !== "" && !one.startsWith("#"));
  const key = line?.split(" ").slice(1, 3).join(" ");
  const found = key === undefined ? "" : ` It shows ${fingerprint(key)}`;
  const compare =
    "compare with what the host's own console says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
  const add = key === undefined ? "ssh-ed25519 AAAA…" : key;
  return problem(
    "ssh.hostKey",
    `this computer doesn't know the key of "${host}", and so not whether it is that host.${found}; ${compare}. If it is, write it here, ssh.hostKey: "${add}", or add this line to ~/.ssh/known_hosts: ${knownName(host, port)} ${add}`,
  );
}

function knownName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

function lastLine(text: string): string {
  return text.split("\n").at(-1) ?? "";
}

/** The key of a host in this computer's known_hosts files, a line of authorized_keys; undefined: it isn't there. */
export function knownKey({ host, port = 22, hostKey }: SshTarget): string | undefined {
  if (hostKey !== undefined) return hostKey;
  const files = [join(homedir(), ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"];
  for (const file of files) {
    const { stdout } = spawnSync("ssh-keygen", ["-F", knownName(host, port), "-f", file], {
      encoding: "utf8",
    });
    const line = (stdout ?? "").split("\n").find((one) => one !== "" && !/^[#@]/.test(one));
    if (line !== undefined) return line.split(" ").slice(1, 3).join(" ");
  }
  return undefined;
}
