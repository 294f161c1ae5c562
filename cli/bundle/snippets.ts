import type { Bundle } from "./bundle.ts";

/** Names of CI secrets: the value of `npm run bundle -- NAME --ci`, and the key of a client that made it itself. */
export const bundleSecret = "REMOTE_DOCKER_BUNDLE";
export const keySecret = "REMOTE_DOCKER_KEY";

/** The shell lines that unpack a CI secret into $DOCKER_CERT_PATH, with the permissions that keys need. */
export function unpackLines({ files }: Bundle): string[] {
  return [
    'mkdir -m 700 "$DOCKER_CERT_PATH"',
    `printf %s "$${bundleSecret}" | base64 -d | tar -xz -C "$DOCKER_CERT_PATH"`,
    ...(hasKey(files) ? [] : [`(umask 377 && printf '%s\\n' "$${keySecret}" > "$DOCKER_CERT_PATH/key.pem")`]),
  ];
}

/** A workflow of GitHub Actions that builds on the daemon. */
export function githubWorkflow(bundle: Bundle): string {
  const secrets = secretsOf(bundle).map((name) => `${name}: \${{ secrets.${name} }}`);
  return `on: push
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      DOCKER_HOST: ${bundle.dockerHost}
      DOCKER_TLS_VERIFY: "1"
    steps:
      - uses: actions/checkout@v4
      - name: Unpack the client bundle
        env:
          ${secrets.join("\n          ")}
        run: |
          DOCKER_CERT_PATH="$RUNNER_TEMP/remote-docker"
          ${unpackLines(bundle).join("\n          ")}
          echo "DOCKER_CERT_PATH=$DOCKER_CERT_PATH" >> "$GITHUB_ENV"
      - run: docker build .
      - name: Remove the client bundle
        if: always()
        run: rm -rf "$RUNNER_TEMP/remote-docker"
`;
}

/** A job of GitLab CI that builds on the daemon. */
export function gitlabJob(bundle: Bundle): string {
  return `build:
  image: docker:28-cli
  variables:
    DOCKER_HOST: ${bundle.dockerHost}
    DOCKER_TLS_VERIFY: "1"
    DOCKER_CERT_PATH: /tmp/remote-docker-$CI_JOB_ID
  before_script:
    - ${unpackLines(bundle).join("\n    - ")}
  script:
    - docker build .
  after_script:
    - rm -rf "$DOCKER_CERT_PATH"
`;
}

/** The secrets that a CI job needs. */
export function secretsOf({ files }: Bundle): string[] {
  return hasKey(files) ? [bundleSecret] : [bundleSecret, keySecret];
}

function hasKey(files: Bundle["files"]): boolean {
  return files.some(({ name }) => name === "key.pem");
}
