import { contextName } from "../shared/clients.ts";
import { quote } from "../shared/shell.ts";
import type { Bundle } from "./bundle.ts";
import { instructionsMark } from "./instructionsMark.ts";
import { bundleSecret, githubWorkflow, gitlabJob, keySecret } from "./snippets.ts";
import { bySsh } from "./sshInstructions.ts";

/** A client's instructions, Markdown: how to use the bundle by hand and in CI, how to renew it. No secret is in them. */
export function instructions(bundle: Bundle): string {
  return [
    introduction,
    inPlace,
    inAShell,
    asContext,
    withBuildx,
    publishedPorts,
    overSsh,
    inCi,
    renewal,
    ownKey,
  ]
    .map((section) => section(bundle).trim())
    .filter((section) => section !== "")
    .join("\n\n")
    .concat("\n");
}

function introduction({ client, dockerHost, certificate }: Bundle): string {
  const loopback = /^tcp:\/\/(127\.\d|localhost[:/]|\[::1\])/.test(dockerHost)
    ? "\n\nThat address is the operator's computer's own: it leads to the daemon from there alone."
    : "";
  return `${instructionsMark}

# The Docker daemon at ${dockerHost}, for ${client}

Your certificate is valid until **${day(certificate)}**. Whoever has the private key is root on the daemon's machine, in your name: nobody else may have it, and it belongs in no repository. Others use the daemon too; they can see your containers, and you theirs.${loopback}`;
}

function inPlace(bundle: Bundle): string {
  const { client, files } = bundle;
  const path = place(bundle);
  const key =
    files.length === 3
      ? ""
      : `

You made the private key yourself, so it isn't here. Copy it in:

\`\`\`sh
install -m 400 key.pem ${inHome(bundle)}/key.pem
\`\`\``;
  return `## The bundle

The folder \`${client}\` belongs at \`${path}\`, which only you may read; put another path into the lines below if you have it elsewhere. It holds \`ca.pem\`, \`cert.pem\` and \`key.pem\`, and nothing else.${key}`;
}

function inAShell(bundle: Bundle): string {
  return `## In a shell

\`\`\`sh
export DOCKER_HOST=${quote(bundle.dockerHost)}
export DOCKER_TLS_VERIFY=1
export DOCKER_CERT_PATH=${inHome(bundle)}
docker version
\`\`\`

All three are needed: without \`DOCKER_TLS_VERIFY\` the client sends plain text and is refused. The docker client is enough, no daemon of your own (Debian 13: \`docker-cli\`).`;
}

function asContext(bundle: Bundle): string {
  const name = contextName(bundle.stack, bundle.client);
  return `## As a context

\`\`\`sh
bundle=${inHome(bundle)}
docker context create ${name} --docker "host=${bundle.dockerHost},ca=$bundle/ca.pem,cert=$bundle/cert.pem,key=$bundle/key.pem"
docker --context ${name} version
\`\`\`

\`docker context use ${name}\` makes it the default. \`DOCKER_HOST\` goes before any context: \`unset DOCKER_HOST\` first. A context keeps copies of the files: after a renewal run the second line again with \`update\` instead of \`create\`.`;
}

function withBuildx(bundle: Bundle): string {
  const name = contextName(bundle.stack, bundle.client);
  return `## buildx

The daemon builds by itself, nothing need be set up: \`docker --context ${name} buildx build .\`. What that builder can't do (several platforms, exporting a build cache), one in a container on the daemon can. The daemon fetches its image, \`moby/buildkit\`, on first use:

\`\`\`sh
docker buildx create --name ${name}-builder --driver docker-container ${name}
docker buildx build --builder ${name}-builder .
\`\`\``;
}

function publishedPorts(bundle: Bundle): string {
  const { host, port } = dialed(bundle);
  const ipv6 = host.includes(":");
  return `## Published ports

\`docker run -p 8080:80\` publishes the port on the daemon's machine, of which nothing but the front door can be reached from elsewhere. It lets you through to the port with your certificate. With [socat](http://www.dest-unreach.org/socat/) (Debian: \`apt-get install socat\`, macOS: \`brew install socat\`):

\`\`\`sh
bundle=${inHome(bundle)} port=8080
socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" \\
  "OPENSSL:${ipv6 ? `[${host}]` : host}:${port},cafile=$bundle/ca.pem,cert=$bundle/cert.pem,key=$bundle/key.pem,snihost=port-$port.remote-docker,commonname=${host}"
\`\`\`

While it runs, \`curl localhost:8080\` and a browser reach the container. In a checkout of remote-docker, \`npm run forward -- 8080\` does the same with these variables set, and \`npm run forward -- --all\` for whatever is published, as \`docker compose up\` and Testcontainers need it. UDP can't go that way. The path in \`-v PATH:…\` is the machine's, not yours: copy files with \`docker cp\`, or build them into an image.`;
}

function overSsh(bundle: Bundle): string {
  return bundle.ssh === undefined ? "" : bySsh(bundle, bundle.ssh);
}

function inCi(bundle: Bundle): string {
  const { files } = bundle;
  const ciCommand = `npm run -s bundle -- ${asOperator(bundle)} --ci`;
  const own =
    files.length === 3
      ? ""
      : ` The text of your \`key.pem\` goes into a second secret, \`${keySecret}\`, which you set yourself.`;
  return `## In CI

The operator sets the secret \`${bundleSecret}\` from \`${ciCommand}\`; nobody needs to see it.${own} It is the folder's files, as a compressed tar archive in base64. The job unpacks them where no cache or artifact takes them along. Whoever may change the job can read its secrets, so let only protected branches have them.

### GitHub Actions

\`${ciCommand} | gh secret set ${bundleSecret}\`, then in \`.github/workflows/\`:

\`\`\`yaml
${githubWorkflow(bundle)}\`\`\`

GitHub's runners have the docker client; on another one install it alone.

### GitLab CI

\`${ciCommand} | glab variable set ${bundleSecret} --masked --protected\`, then in \`.gitlab-ci.yml\`:

\`\`\`yaml
${gitlabJob(bundle)}\`\`\`

No service \`docker:dind\` is needed: the image holds the client alone.`;
}

function renewal(bundle: Bundle): string {
  return `## A new certificate

This one ends on ${day(bundle.certificate)}. The operator's \`npm run up\` makes the next one a month before (for a short-lived one, in its last third), and \`npm run bundle -- ${asOperator(bundle)}\` hands it over again. Until this one ends, both are admitted: ask for the new one in that time. If your private key may have been seen by anybody, say so at once, and the operator shuts this certificate out with one \`npm run up\`.

\`\`\`sh
openssl x509 -noout -enddate -in cert.pem    # when the one that you have ends
\`\`\``;
}

function ownKey({ client }: Bundle): string {
  return `## A private key that never leaves you

Make the key yourself, and give the operator the request alone:

\`\`\`sh
umask 077
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${client} -keyout key.pem -out ${client}.csr
\`\`\`

The operator adds \`csr: ${client}.csr\` to your entry in \`remote-docker:clients\` and hands over a bundle without \`key.pem\`; put yours there.`;
}

/** How the operator names the client to `npm run bundle`. */
function asOperator({ stack, client }: Bundle): string {
  return stack === "dev" ? client : `${client} --stack ${stack}`;
}

function dialed({ dockerHost }: Bundle): { host: string; port: string } {
  const { hostname, port } = new URL(dockerHost);
  return { host: hostname.replace(/^\[|\]$/g, ""), port };
}

function place({ stack, client }: Bundle): string {
  return `~/.docker/remote/${stack}/${client}`;
}

function inHome({ stack, client }: Bundle): string {
  return `"$HOME/.docker/remote/${stack}/${client}"`;
}

function day(certificate: Bundle["certificate"]): string {
  return certificate.validToDate.toISOString().slice(0, 10);
}
