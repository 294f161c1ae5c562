import type { Client } from "ssh2";
import { checkedConnection, connect, type Connection, connectionShape } from "./connection.ts";
import type { Exit, Output } from "./output.ts";
import { type CommonInputs, commandResource, commonInputs, type Run } from "./resource.ts";
import { onAbort } from "./signal.ts";

interface RemoteInputs extends CommonInputs {
  connection: Connection;
}

/** `command:remote:Command` */
export const remoteCommand = commandResource<RemoteInputs>(
  { ...commonInputs, connection: connectionShape },
  (inputs) => ({ ...inputs, connection: checkedConnection(inputs.connection) }),
  runRemotely,
);

async function runRemotely({
  command,
  inputs,
  environment,
  output,
  context,
  signal,
}: Run<RemoteInputs>): Promise<Exit> {
  const { connection } = inputs;
  if (connection.hostKey === undefined) {
    context.log(
      "warning",
      `connection.hostKey is not set: whoever answers at ${connection.host} is believed`,
    );
  }
  const client = await connect(connection, signal, (reason) => context.log("info", reason));
  if (!client) return {};
  try {
    return await execute(client, command, { environment, stdin: inputs.stdin ?? "", output, signal });
  } finally {
    client.end();
    // Who doesn't answer must not keep the engine from ending.
    setTimeout(() => client.destroy(), 1000).unref();
  }
}

interface Execution {
  /** Sent as SSH env requests: the server takes what its AcceptEnv names, and ssh2 doesn't tell. */
  environment: Record<string, string>;
  stdin: string;
  output: Output;
  signal: AbortSignal;
}

function execute(
  client: Client,
  command: string,
  { environment, stdin, output, signal }: Execution,
): Promise<Exit> {
  return new Promise((done, fail) => {
    let exit: Exit | undefined;
    let problem: Error | undefined;
    // ssh2 can't send a signal once the input has ended; who then writes to nobody gets SIGPIPE.
    const stopListening = onAbort(signal, () => client.destroy());
    const finish = () => {
      stopListening();
      if (exit || signal.aborted) done(exit ?? {});
      else fail(lost(problem));
    };
    client.on("error", (error) => (problem ??= error));
    client.on("close", finish);
    client.exec(command, { env: environment }, (refused, channel) => {
      if (refused) return fail(refused);
      channel.on(
        "exit",
        (code: number | null, by?: string) => (exit = { code: code ?? undefined, signal: by }),
      );
      channel.on("close", finish);
      channel.on("data", (chunk: Buffer) => output.add("stdout", chunk));
      channel.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
      // A command may end without reading its input.
      channel.on("error", () => {});
      channel.end(stdin);
    });
  });
}

function lost(problem: Error | undefined): Error {
  return new Error(`the SSH connection broke while the command ran${problem ? `: ${problem.message}` : ""}`);
}
