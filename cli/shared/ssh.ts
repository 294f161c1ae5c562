import type { Client, ClientChannel } from "ssh2";
import { keyName, pinnedKey } from "./hostKey.ts";
import { UserError } from "./userError.ts";

/** How to reach the machine as the operator: the stack's secret output `operator`. */
export interface Operator {
  host: string;
  port: number;
  user: string;
  /** In OpenSSH's format, unencrypted. Missing: the SSH agent has it. */
  privateKey?: string;
  /** The only host key that is believed, a line of authorized_keys. */
  hostKey: string;
  /** The address that everybody seems to come from. Missing: there is none. */
  sharedAddress?: string;
  /** The host on the way. Missing: the machine is reached directly. */
  bastion?: Omit<Operator, "bastion">;
}

/** What a command on the machine did. */
export interface CommandEnd {
  /** Exit code; undefined when a signal ended the command, or the connection was lost. */
  code?: number;
  stderr: string;
}

/** A command on the machine, under way. */
export interface RemoteCommand {
  /** What it prints, line by line; ends with the command. */
  lines: AsyncIterable<string>;
  end: Promise<CommandEnd>;
}

const dialSeconds = 15;

/** sudo would leave out which connection this is; root may have none. */
function rootShell(user: string): string {
  return user === "root" ? "bash -s" : 'sudo -n env "SSH_CONNECTION=$SSH_CONNECTION" bash -s';
}

/** One SSH connection to the machine; the key stays in memory, and the host's key is pinned. */
export class Machine {
  private readonly client: Client;
  private readonly shell: string;

  private constructor(client: Client, user: string) {
    this.client = client;
    this.shell = rootShell(user);
  }

  /** @throws UserError when the machine can't be reached, is another one, or doesn't know the key */
  static async connect(operator: Operator): Promise<Machine> {
    const { bastion, host, port } = operator;
    if (!bastion) return new Machine(await dial(operator), operator.user);
    const way = await dial(bastion);
    const sock = await new Promise<ClientChannel>((done, fail) =>
      way.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? fail(error) : done(channel))),
    ).catch(({ message }: Error) => {
      way.destroy();
      throw new UserError(`${bastion.host} doesn't let through to ${host}:${port}: ${message}`);
    });
    try {
      const client = await dial(operator, sock);
      client.on("close", () => way.end());
      return new Machine(client, operator.user);
    } catch (error) {
      way.destroy();
      throw error;
    }
  }

  /**
   * Runs a script of bash's as root. Its standard input stays open, so that a script that reads on notices when the
   * connection ends.
   *
   * @param script comes by standard input; may hold nothing that a user typed
   * @throws UserError when the connection was lost
   */
  async start(script: string): Promise<RemoteCommand> {
    const channel = await new Promise<ClientChannel>((resolve, reject) =>
      this.client.exec(this.shell, (error, opened) => (error ? reject(error) : resolve(opened))),
    ).catch(({ message }: Error) => {
      throw new UserError(`the connection to the machine was lost: ${message}`);
    });
    let stderr = "";
    channel.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const end = new Promise<CommandEnd>((resolve) => {
      let code: number | undefined;
      channel.on("exit", (status: number | null) => (code = status ?? undefined));
      channel.on("close", () => resolve({ code, stderr }));
    });
    channel.write(`{ ${script}\nexit; }\n`);
    return { lines: linesOf(channel), end };
  }

  /**
   * Runs a script of bash's as root to its end.
   *
   * @returns the lines that it printed
   * @throws UserError with what it said when it failed
   */
  async run(script: string): Promise<string[]> {
    const { lines, end } = await this.start(script);
    const printed: string[] = [];
    for await (const line of lines) printed.push(line);
    const { code, stderr } = await end;
    if (code === undefined) throw new UserError("the connection to the machine was lost");
    if (code !== 0) throw new UserError(`a command on the machine failed: ${stderr.trim() || code}`);
    return printed;
  }

  /** Ends the connection and every command that is under way. */
  close(): void {
    this.client.destroy();
  }
}

/** @throws UserError when the host can't be reached, is another one, or doesn't know the key */
async function dial(operator: Operator, sock?: ClientChannel): Promise<Client> {
  const { Client } = (await import("ssh2")).default;
  const { host, port, user, privateKey, hostKey } = operator;
  const pinned = await pinnedKey(hostKey);
  if (!pinned) throw new UserError("the stack's output operator has no host key; run npm run up once");
  const client = new Client();
  let offered: Buffer | undefined;
  try {
    await new Promise<void>((ready, fail) => {
      // The first one is the cause: more follow when the socket closes.
      client.on("error", fail);
      client.on("close", () => fail(new Error("the connection was closed")));
      client.on("ready", ready);
      client.connect({
        host,
        port,
        username: user,
        privateKey,
        authHandler: [privateKey ? "publickey" : "agent"],
        agent: privateKey ? undefined : process.env.SSH_AUTH_SOCK,
        sock,
        algorithms: { serverHostKey: pinned.algorithms as [] },
        hostVerifier: (blob: Buffer) => {
          offered = blob;
          return blob.equals(pinned.blob);
        },
        readyTimeout: dialSeconds * 1000,
        keepaliveInterval: 30_000,
        keepaliveCountMax: 4,
      });
    });
  } catch (error) {
    client.destroy();
    throw new UserError(explain(error as Error & { level?: string }, operator, pinned, offered));
  }
  return client;
}

async function* linesOf(channel: ClientChannel): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const text of channel.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    // A connection that was lost: the command's end tells it.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
  if (rest !== "") yield rest;
}

function explain(
  error: Error & { level?: string },
  { host, port, user }: Operator,
  pinned: { blob: Buffer; name: string },
  offered: Buffer | undefined,
): string {
  const where = `${user}@${host}:${port}`;
  const shown = offered ? keyName(offered) : "of another kind";
  if (offered ? !offered.equals(pinned.blob) : /no matching host key/.test(error.message))
    return (
      `SSH to ${where}: the host key is ${shown}, but ${pinned.name} is the stack's; ` +
      "it is another machine, so nothing was sent to it. If the machine was made anew, run npm run up"
    );
  if (error.level === "client-authentication")
    return `SSH to ${where}: the machine doesn't know the stack's key; run npm run up`;
  return `the machine can't be reached by SSH at ${where}: ${error.message}. Is it running, and may this computer reach its port? npm run up starts a local machine again`;
}
