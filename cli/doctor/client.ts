import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { about, type Finding } from "./finding.ts";

/**
 * The docker client of this shell, and its plugins.
 *
 * @param oldest the oldest version of the API that the daemon speaks, where it is known
 */
export async function clientFindings(oldest?: string): Promise<Finding[]> {
  const { ok, warning, fault } = about("docker client");
  const version = await docker("version", "--format", "{{.Client.Version}} {{.Client.DefaultAPIVersion}}");
  if (version === undefined)
    return [
      warning(
        "there is none on this shell's PATH",
        'eval "$(npm run -s env)" after npm run up, or install it (Debian 13: docker-cli)',
      ),
    ];
  const [client, api] = version.split(" ");
  const tooOld = oldest !== undefined && isOlder(api, oldest);
  const found = [
    tooOld
      ? fault(
          `Docker ${client} speaks API ${api}, and the daemon ${oldest} or newer`,
          "install a newer client",
          `docker says: client version ${api} is too old`,
        )
      : ok(`Docker ${client}, API ${api}`),
  ];
  for (const [plugin, without] of [
    ["buildx", "docker build falls back to the legacy builder, without cache mounts and secrets"],
    ["compose", "docker compose isn't there"],
  ])
    found.push(
      (await docker(plugin, "version")) === undefined
        ? warning(
            `the plugin ${plugin} is missing`,
            `install it (Debian 13: ${plugin === "buildx" ? "docker-buildx" : "docker-compose"})`,
            without,
          )
        : ok(`the plugin ${plugin} is there`),
    );
  return found;
}

/** Asks no daemon, which may hang: the client is what matters. */
async function docker(...args: string[]): Promise<string | undefined> {
  const env = { ...process.env, DOCKER_CONTEXT: "", DOCKER_HOST: "unix:///dev/null" };
  try {
    const { stdout } = await promisify(execFile)("docker", args, { timeout: 20_000, env });
    return stdout.trim();
  } catch (error) {
    const { stdout = "" } = error as { stdout?: string };
    return stdout.trim() || undefined;
  }
}

function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
