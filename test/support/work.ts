import { type DockerClient, tools } from "./dockerClient";
import type { Outcome, Running } from "./run";

const waiting = "until wget -q -O /dev/null http://127.0.0.1:4444/gate; do sleep 0.5; done";
const onHost = ["--network", "host"];

/** What a client has under way: `docker run -i`, `docker build` and `docker logs -f`, none of which ends by itself. */
export class Work {
  private constructor(
    private readonly docker: DockerClient,
    private readonly typing: Running,
    private readonly build: Running,
    private readonly logs: Running,
  ) {}

  /** Ends when all three are at work. */
  static async begin(docker: DockerClient): Promise<Work> {
    const job = ["--name", "waiting", ...onHost, tools, "sh", "-c", `echo waiting; ${waiting}; echo done`];
    await docker.out("run", "-d", ...job);
    const dockerfile = `FROM ${tools}\nRUN echo building; ${waiting}; echo finished > /made\n`;
    const context = docker.buildContext("context-gate", dockerfile);
    const typing = docker.start("run", "--rm", "-i", tools, "cat");
    const build = docker.start("build", "--progress", "plain", ...onHost, "-t", "gated", context);
    const logs = docker.start("logs", "-f", "waiting");
    typing.type("before\n");
    await Promise.all([
      typing.printsEventually("before"),
      build.printsEventually("building"),
      logs.printsEventually("waiting"),
    ]);
    return new Work(docker, typing, build, logs);
  }

  /** Lets all three come to their ends; the build's image says `finished` in /made. */
  async finish(): Promise<{ run: Outcome; build: Outcome; logs: Outcome; made: string }> {
    this.typing.type("after\n");
    const gate = ["httpd", "-f", "-p", "127.0.0.1:4444", "-h", "/"];
    await this.docker.out("run", "-d", "--name", "gate", ...onHost, tools, ...gate);
    const [run, build, logs] = await Promise.all([this.typing.finish(), this.build.end(), this.logs.end()]);
    await this.docker.out("rm", "-f", "gate", "waiting");
    return { run, build, logs, made: await this.docker.out("run", "--rm", "gated", "cat", "/made") };
  }
}
