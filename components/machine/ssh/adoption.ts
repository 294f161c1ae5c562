import * as path from "node:path";
import type { DaemonArgs } from "../../daemon/daemonArgs";
import { keysInArguments, type Theirs } from "../../daemon/theirs";
import { layout } from "../../host/layout";
import { hostScript, printing, quoted } from "../../host/scripts";
import type { SshHostArgs } from "./args";
import type { DockerFacts, HostFacts } from "./facts";
import { wantedPackages } from "./findings";

const giveBack = "/var/lib/remote-docker/adoption/give-back";

/**
 * The command that gives a host back, as root, if it is still the stack's of that id. One that was made anew meanwhile has
 * nothing to give back.
 */
export function giveBackCommand(id: string): string {
  return `sh -c ${quoted(`[ ! -e ${giveBack} ] || exec bash ${giveBack} ${id}`)}`;
}

/** What looks at a host and changes nothing: {@link file://./facts.ts} reads what it prints. */
export function examineScript(): string {
  return hostScript({
    constants: layout(),
    parts: [],
    files: [path.join(__dirname, "examine.sh")],
    last: "examine",
  });
}

/** A host without Docker gets the distribution's. */
export function theirDocker({ docker, candidates }: HostFacts): DockerFacts {
  return (
    docker ?? {
      version: /\d+\.\d+(\.\d+)?/.exec(candidates["docker.io"] ?? "")?.[0] ?? "20.10.0",
      file: "/etc/docker/daemon.json",
      configuration: {},
      arguments: [],
      runs: false,
      socketActivated: true,
      containers: [],
      swarm: false,
    }
  );
}

/**
 * What keeps a host's own before the first change, and installs what it lacks.
 *
 * @param id the stack's id, which the host is marked with
 */
export function adoptScript(
  id: string,
  facts: HostFacts,
  theirs: Theirs,
  { takeOver }: SshHostArgs,
  { liveRestore }: DaemonArgs,
): string {
  const parts = ["report", "configurationSet", "frontDoor", "sshd", "sshClients", "daemon", "adoption"];
  const docker = theirDocker(facts);
  const give = hostScript({ constants: layout(theirs), parts, last: `give_back "\${1-${id}}"` });
  const { keeping, plain } = liveRestore === false ? { keeping: "", plain: "" } : withLiveRestore(docker);
  const lines = (list: string[]) => list.map((line) => `${line}\n`).join("");
  const payload = [
    printing("their_arguments", lines(docker.arguments)),
    printing("their_docker_socket", theirs.socketActivated ? "LoadState=loaded\nActiveState=active\n" : ""),
    printing("their_file", `${docker.file}\n`),
    printing("their_version", facts.hadDocker ? docker.version : ""),
    printing("keeping_json", keeping),
    printing("plain_json", plain),
    printing("wanted_packages", lines(wantedPackages(facts))),
    printing("give_back_script", give),
  ];
  return hostScript({
    constants: layout(theirs),
    parts,
    payload,
    last: `adopt ${quoted(id)} ${quoted(takeOver ?? "")}`,
  });
}

/** Their daemon.json with live-restore, and with what they had; empty where they have it on. */
function withLiveRestore({ configuration = {}, arguments: words }: DockerFacts) {
  const isOn = configuration["live-restore"] === true || keysInArguments(words).includes("live-restore");
  if (isOn) return { keeping: "", plain: "" };
  const text = (on: boolean) => `${JSON.stringify({ ...configuration, "live-restore": on }, null, 2)}\n`;
  return { keeping: text(true), plain: text(false) };
}
