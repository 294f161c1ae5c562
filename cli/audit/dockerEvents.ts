import type { Entry } from "./entry.ts";

/** A line of `docker events --format '{{json .}}'`; undefined when it is none. */
export function parseEvent(line: string): Entry | undefined {
  let fields: Message;
  try {
    fields = JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
  const { Type: type, Action: action, Actor: actor, timeNano } = fields;
  if (typeof timeNano !== "number" || !type || !action) return undefined;
  const event = { type, action, id: actor?.ID ?? "", attributes: actor?.Attributes ?? {} };
  return { kind: "event", start: Math.round(timeNano / 1e6), open: false, event };
}

/** The daemon's events.Message. */
interface Message {
  Type?: string;
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
  timeNano?: number;
}

/** What happened to which object, e.g. `container start web (nginx:1.27)`. */
export function describeEvent({ event }: Entry): string {
  if (!event) return "";
  const { type, action, id, attributes } = event;
  const name = attributes.name ?? id;
  const object = /^(sha256:)?[0-9a-f]{64}$/.test(name) ? name.replace("sha256:", "").slice(0, 12) : name;
  const more = [
    type === "container" ? attributes.image : undefined,
    attributes.exitCode === undefined ? undefined : `exit code ${attributes.exitCode}`,
    attributes.container && `container ${attributes.container.slice(0, 12)}`,
  ].filter((part) => part);
  return `${type} ${action} ${object}${more.length ? ` (${more.join(", ")})` : ""}`;
}
