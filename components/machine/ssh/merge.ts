import type { DaemonArgs } from "../../daemon/daemonArgs";
import { modelledMembers } from "../../daemon/daemonJson";
import { type DaemonOption, optionsOf, type Theirs } from "../../daemon/theirs";
import type { Problem } from "../../validation";
import type { DockerFacts } from "./facts";

/** Keys of daemon.json that a shared daemon needs to be its own. */
const forced = ["hosts", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"];

/** Keys that would hide from `up` what dockerd says of a change. */
const hiding = ["log-level", "log-format", "raw-logs"];

/**
 * What of a host's own daemon stays, and what contradicts: what a shared daemon can't have, and what this stack's options
 * say otherwise.
 *
 * @param haproxy version of the HAProxy that becomes the front door
 * @param putAside keys of theirs that are given up until the host is given back
 */
export function merge(
  docker: DockerFacts,
  haproxy: string,
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  putAside: string[],
): { theirs: Theirs; problems: Problem[] } {
  const given = (key: string) => !putAside.includes(key);
  const options = optionsOf(docker.arguments).filter(({ key }) => key !== "config-file" && given(key));
  const members = Object.fromEntries(
    Object.entries(docker.configuration ?? {}).filter(([key]) => given(key)),
  );
  const wanted: Record<string, unknown> = { ...extra, ...modelledMembers(daemon) };
  const problems: Problem[] = [];
  const contradicts = (key: string, theirs: string, ours: string, wayOut: string) =>
    problems.push({
      propertyPath: "ssh",
      reason: `the host's dockerd has ${key} = ${theirs}, and ${ours}: ${wayOut}, or put theirs aside until the host is given back: ssh.putAside: [${key}]`,
    });
  const sockets: string[] = [];
  for (const host of hostsOf(options, members)) {
    if (/^fd:|^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(host)) continue;
    if (host.startsWith("unix://")) sockets.push(host);
    else if (/^tcp:\/\/(127\.0\.0\.1|localhost):2375$/.test(host) && daemon.plainListener) continue;
    else contradicts("hosts", host, "a shared daemon listens for its front door alone", wayOutOfHost(host));
  }
  const fixed = [...forced.filter((key) => key !== "hosts"), ...hiding];
  const said = [
    ...options.map(({ key, value }) => ({ key, value: value, of: "option" })),
    ...Object.entries(members).map(([key, value]) => ({ key, value, of: "member" })),
  ];
  for (const { key, value, of } of said) {
    if (fixed.includes(key))
      contradicts(
        key,
        JSON.stringify(value),
        "a shared daemon needs its own",
        "take it out of the host's configuration",
      );
    else if (key in wanted && key !== "live-restore" && (of === "option" || !isSame(wanted[key], value)))
      contradicts(
        key,
        JSON.stringify(value),
        `this stack's is ${JSON.stringify(wanted[key])}`,
        "leave it out of one of them",
      );
  }
  return {
    theirs: {
      members: Object.fromEntries(Object.entries(members).filter(([key]) => key !== "hosts")),
      arguments: options
        .filter(({ key }) => !["hosts", "live-restore"].includes(key))
        .flatMap(({ words }) => words),
      socketActivated: docker.socketActivated,
      sockets,
      version: docker.version,
      haproxy: /^\d+\.\d+/.exec(haproxy)?.[0] ?? haproxy,
    },
    problems,
  };
}

function hostsOf(options: DaemonOption[], members: Record<string, unknown>): string[] {
  const listed = Array.isArray(members.hosts) ? members.hosts.map(String) : [];
  return [...options.filter(({ key }) => key === "hosts").map(({ value }) => value), ...listed];
}

function wayOutOfHost(host: string): string {
  return /^tcp:\/\/(127\.0\.0\.1|localhost):2375$/.test(host)
    ? "let the front door offer it instead: daemon.plainListener: true"
    : "take it out of the host's configuration";
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
