import { spawn } from "node:child_process";
import { constants } from "node:os";
import { pinnedKey } from "../shared/hostKey.ts";
import { quote } from "../shared/shell.ts";
import type { Operator } from "../shared/ssh.ts";
import { UserError } from "../shared/userError.ts";

type Hop = Omit<Operator, "bastion">;

/**
 * The options by which OpenSSH takes the way to the machine: this computer's own configuration doesn't count, and no
 * host key but the pinned one is believed (as in components/sshOptions.ts, but without a file).
 *
 * @param agent the socket of the user's own SSH agent, for a host that the stack has no key for
 * @throws UserError when the stack's output has no host key
 */
export async function sshOptions(operator: Operator, agent?: string): Promise<string[]> {
  const { bastion } = operator;
  const options = await hopOptions(operator, "remote-docker", agent);
  if (bastion === undefined) return options;
  const way = [...(await hopOptions(bastion, "remote-docker-bastion", agent)), "-p", String(bastion.port)];
  const proxy = ["ssh", "-W", "[%h]:%p", ...way, `${bastion.user}@${bastion.host}`];
  return [...options, "-o", `ProxyCommand=${proxy.map(quote).join(" ")}`];
}

async function hopOptions({ privateKey, hostKey }: Hop, alias: string, agent?: string): Promise<string[]> {
  const pinned = await pinnedKey(hostKey);
  if (!pinned) throw new UserError("the stack's output operator has no host key; run npm run up once");
  const [type, key] = hostKey.trim().split(/\s+/);
  const settings = [
    "StrictHostKeyChecking=yes",
    `HostKeyAlias=${alias}`,
    "UserKnownHostsFile=none",
    "GlobalKnownHostsFile=none",
    `KnownHostsCommand=/bin/echo ${alias} ${type} ${key}`,
    `HostKeyAlgorithms=${pinned.algorithms.join(",")}`,
    "PreferredAuthentications=publickey",
    "ServerAliveInterval=30",
    ...(privateKey === undefined && agent ? [`IdentityAgent=${agent}`] : []),
    ...(privateKey === undefined ? [] : ["IdentityFile=none"]),
  ];
  return ["-F", "none", ...settings.flatMap((setting) => ["-o", setting])];
}

/**
 * Runs ssh or scp at the user's terminal. The stack's keys go from memory into an agent of its own, which ends with the
 * command: they are in no file.
 *
 * @returns the command's exit code
 * @throws UserError when there is no OpenSSH on this computer
 */
export function attached(command: string[], operator: Operator): Promise<number> {
  const keys = [operator.privateKey, operator.bastion?.privateKey].filter((key) => key !== undefined);
  const [file, ...args] =
    keys.length === 0 ? command : ["ssh-agent", "sh", "-c", withKeys(keys.length), "sh", ...command];
  return new Promise((resolve, reject) => {
    const pipes = keys.map(() => "pipe" as const);
    const child = spawn(file, args, { stdio: ["inherit", "inherit", "inherit", ...pipes] });
    // Ctrl-C is for the command at the terminal.
    const stay = () => undefined;
    const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
    process.on("SIGINT", stay).on("SIGTERM", passOn).on("SIGHUP", passOn);
    child.on("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          code === "ENOENT" ? "there is no OpenSSH here; install it (Debian: openssh-client)" : message,
        ),
      ),
    );
    // The agent ends within 10 s, and has its end of the pipes until then.
    child.on("exit", (code, signal) => {
      for (const pipe of child.stdio.slice(3)) pipe?.destroy();
      process.off("SIGINT", stay).off("SIGTERM", passOn).off("SIGHUP", passOn);
      resolve(code ?? 128 + constants.signals[signal!]);
    });
    keys.forEach((key, index) => {
      const pipe = child.stdio[3 + index] as NodeJS.WritableStream;
      pipe.on("error", () => undefined);
      pipe.end(key.endsWith("\n") ? key : `${key}\n`);
    });
  });
}

/** A script that adds the keys from descriptor 3 on, and runs its arguments. */
function withKeys(count: number): string {
  const descriptors = Array.from({ length: count }, (_, index) => 3 + index);
  const added = descriptors.map((number) => `ssh-add -q -t 120 - <&${number} || exit 255; exec ${number}<&-`);
  return [...added, 'exec "$@"'].join("; ");
}
