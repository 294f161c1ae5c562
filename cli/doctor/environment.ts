import { about, type Finding } from "./finding.ts";

type Environment = Record<string, string | undefined>;

/** Variables of this shell that contradict each other, or that break clients. */
export function environmentFindings(environment: Environment, host: string): Finding[] {
  const { ok, warning, fault } = about("variables");
  const found: Finding[] = [];
  const { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_CONTEXT, DOCKER_API_VERSION } =
    environment;
  if (DOCKER_HOST && !DOCKER_TLS_VERIFY)
    found.push(
      fault(
        "DOCKER_HOST is set without DOCKER_TLS_VERIFY",
        "export DOCKER_TLS_VERIFY=1",
        "docker then speaks plain HTTP, which the front door closes: error during connect: … EOF",
      ),
    );
  if (DOCKER_HOST && !DOCKER_CERT_PATH)
    found.push(
      fault(
        "DOCKER_HOST is set without DOCKER_CERT_PATH",
        'eval "$(npm run -s env)", or export DOCKER_CERT_PATH with the folder of your bundle',
        "docker then takes the certificate in ~/.docker, which is another one or none",
      ),
    );
  if (!DOCKER_HOST && (DOCKER_TLS_VERIFY || DOCKER_CERT_PATH))
    found.push(
      warning(
        "DOCKER_TLS_VERIFY or DOCKER_CERT_PATH is set without DOCKER_HOST",
        'eval "$(npm run -s env)"',
        "docker then asks a daemon on this computer, or its current context",
      ),
    );
  if (DOCKER_HOST && DOCKER_CONTEXT)
    found.push(
      warning(
        `DOCKER_HOST and DOCKER_CONTEXT (${DOCKER_CONTEXT}) are both set`,
        "unset the one that you don't mean",
        "docker takes the context, other clients the host",
      ),
    );
  if (DOCKER_API_VERSION)
    found.push(
      warning(
        `DOCKER_API_VERSION is ${DOCKER_API_VERSION}`,
        "unset DOCKER_API_VERSION",
        "client and daemon agree on a version by themselves",
      ),
    );
  for (const name of ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    if (environment[name])
      found.push(
        warning(
          `${name} is set`,
          `unset ${name} where docker-py runs (docker-compose 1, Ansible)`,
          "it goes before the bundle's ca.pem there: certificate verify failed",
        ),
      );
  found.push(...proxyFindings(environment, host));
  return found.length > 0 ? found : [ok("nothing contradicts")];
}

/** Go's and Python's clients take a proxy for tcp:// as well, unless the host is excepted. */
function proxyFindings(environment: Environment, host: string): Finding[] {
  const value = (name: string) => environment[name] || environment[name.toUpperCase()];
  const proxy = value("https_proxy") || value("http_proxy");
  if (!proxy || /^(127\.|localhost$|::1$)/.test(host)) return [];
  const excepted = (value("no_proxy") ?? "").split(/[\s,]+/).filter(Boolean);
  const isExcepted = excepted.some(
    (one) => one === "*" || one === host || host.endsWith(one.startsWith(".") ? one : `.${one}`),
  );
  if (isExcepted) return [];
  return [
    about("variables").warning(
      `a proxy is set, and NO_PROXY doesn't except ${host}`,
      `export NO_PROXY=${[...excepted, host].join(",")}`,
      "docker then dials the proxy, which lets few through to port 2376",
    ),
  ];
}
