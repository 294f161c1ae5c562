import { type Command, InvalidArgumentError } from "commander";
import { commandLine, stackOrShellOption } from "../shared/commandLine.ts";
import { UserError } from "../shared/userError.ts";

/** A port of this computer, and the published one that it leads to. */
export interface PortPair {
  local: number;
  published: number;
}

/** What `npm run forward` was asked for. */
export interface ForwardArguments {
  ports: PortPair[];
  /** Whatever is published, too. */
  all: boolean;
  /** Default: the one of the shell's environment, else the stack's first. */
  client?: string;
  /** Default: the daemon of the shell's environment, else the stack dev. */
  stack?: string;
  json: boolean;
}

/**
 * Reads the command line; ends the process after `--help`, and with a message when a port is none.
 *
 * @throws UserError when nothing is to be forwarded
 */
export function readArguments(argv: string[]): ForwardArguments {
  const program = forwardLine().parse(argv);
  const options = program.opts<Omit<ForwardArguments, "ports">>();
  const [ports] = program.processedArgs as [PortPair[]];
  if (ports.length === 0 && !options.all)
    throw new UserError(
      "say which port: npm run forward -- 8080, or all that is published: npm run forward -- --all",
    );
  return { ...options, ports };
}

export function forwardLine(): Command {
  return commandLine(
    "forward",
    "Leads ports of this computer's 127.0.0.1 to ports that containers publish on the daemon's machine, by TLS " +
      "through the front door. TCP alone. Ctrl-C ends it.",
    [
      ["8080", "curl localhost:8080 is answered by docker run -p 8080:80 …"],
      ["3000:8080", "the same at localhost:3000"],
      ["--all", "for docker compose up, Testcontainers, a browser"],
    ],
  )
    .argument("[ports...]", "a published port, like 8080, or LOCAL:PUBLISHED, like 3000:8080", collect, [])
    .option("--all", "whatever is published, and what comes while it runs", false)
    .option("--client <name>", "as which client (default: DOCKER_CERT_PATH's, else the stack's first)")
    .addOption(stackOrShellOption())
    .option("--json", "a JSON object for each line", false);
}

function collect(text: string, before: PortPair[]): PortPair[] {
  const [, local, published] = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(text) ?? [];
  const pair = { local: Number(local ?? published), published: Number(published) };
  for (const port of [pair.local, pair.published])
    if (!(port >= 1 && port <= 65535))
      throw new InvalidArgumentError("Write a port like 8080, or 3000:8080.");
  return [...before, pair];
}
