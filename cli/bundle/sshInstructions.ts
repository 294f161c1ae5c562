import { contextName } from "../shared/clients.ts";
import { instructionsMark } from "./instructionsMark.ts";

/** How a client reaches the daemon by SSH, out of a stack's outputs. */
export interface SshWay {
  /** e.g. `ssh://remote-docker@192.0.2.7:2376` */
  DOCKER_HOST: string;
  /** The host's line of known_hosts. */
  knownHosts: string;
}

/** Who is to be instructed. */
interface Reader {
  client: string;
  /** The stack's own name. */
  stack: string;
}

/** Instructions for a client who has no certificate, Markdown. No secret is in them. */
export function sshInstructions(reader: Reader, way: SshWay): string {
  return `${instructionsMark}

# The Docker daemon at ${way.DOCKER_HOST}, for ${reader.client}

You come with the private key of SSH whose public part the operator has. Whoever has that key is root on the daemon's machine, in your name: nobody else may have it. Others use the daemon too; they can see your containers, and you theirs.

${bySsh(reader, way)}

The path in \`-v PATH:…\` is the machine's, not yours: copy files with \`docker cp\`, or build them into an image. Ports that containers publish can't be reached by SSH: ask the operator for a certificate as well.
`;
}

/** The section of a client's instructions. */
export function bySsh({ client, stack }: Reader, { DOCKER_HOST, knownHosts }: SshWay): string {
  const { hostname, port, username } = new URL(DOCKER_HOST);
  const host = hostname.replace(/^\[|\]$/g, "");
  const name = contextName(stack, client);
  return `## By SSH

Add the daemon's host to those that you know; it must show this key:

\`\`\`sh
mkdir -p -m 700 ~/.ssh
echo '${knownHosts}' >> ~/.ssh/known_hosts
\`\`\`

Every request of docker's would be a connection of its own. These lines in \`~/.ssh/config\` let them share one, which stays for ten minutes; write the file of your key instead of \`id_ed25519\`:

\`\`\`
Host ${host}
    User ${username}
    Port ${port || 22}
    IdentityFile ~/.ssh/id_ed25519
    IdentitiesOnly yes
    ControlMaster auto
    ControlPath ~/.ssh/control-%C
    ControlPersist 10m
\`\`\`

\`\`\`sh
unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH
export DOCKER_HOST=${DOCKER_HOST}
docker version
\`\`\`

As a context: \`docker context create ${name}-ssh --docker host=${DOCKER_HOST}\`. The key opens no shell and forwards no port, and can do nothing but this.`;
}
