import { UserError } from "../shared/userError.ts";

/** A moment as the user gave it: absolute, or so long before the machine's now. Milliseconds. */
export type Moment = { at: number } | { ago: number };

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Reads a time option.
 *
 * @param option its name, for the message
 * @throws UserError
 * @example moment("--since", "2h"); moment("--since", "2026-11-21T10:00:00Z")
 */
export function moment(option: string, text: string): Moment {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (unit) return { ago: Number(count) * units[unit] };
  const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
  const at = rfc3339.test(text) ? Date.parse(text.toUpperCase().replace(" ", "T")) : NaN;
  if (Number.isNaN(at))
    throw new UserError(
      `${option} ${JSON.stringify(text)} is no time; write one like 2026-11-21T10:00:00Z or 2026-11-21T11:00:00+01:00, or how long ago: 90s, 30m, 2h, 3d, 1w`,
    );
  return { at };
}

/** A moment by the machine's clock, milliseconds since 1970. */
export function resolve(when: Moment, now: number): number {
  return "at" in when ? when.at : now - when.ago;
}

/** In the zone of the computer that it is shown on, e.g. `2026-11-21 10:04:05`. */
export function localTime(time: number): string {
  const date = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The zone's distance from UTC at that time, e.g. `+01:00`. */
export function zone(time: number): string {
  const minutes = -new Date(time).getTimezoneOffset();
  const two = (part: number) => String(Math.trunc(part)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
