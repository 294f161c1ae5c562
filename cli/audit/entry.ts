/** One line of the audit: a connection that was admitted or refused, or an event of Docker's. */
export interface Entry {
  /**
   * - `connection`: a client's, admitted
   * - `refused`: not admitted
   * - `trial`: a client's certificate was tried at the front door, and admitted
   * - `ssh`: to the machine's sshd, provisioning and the operator
   * - `local`: from the machine itself, without TLS
   * - `event`: an event of Docker's
   * - `unreadable`: a line of the front door's log that isn't as it should be; `detail` has it
   */
  kind: "connection" | "refused" | "trial" | "ssh" | "local" | "event" | "unreadable";
  /** Milliseconds since 1970, by the machine's clock. */
  start: number;
  /** Whether the connection is still open. */
  open: boolean;
  /** Milliseconds; of an open connection until now. */
  duration?: number;
  /** Name in the client's certificate. */
  client?: string;
  /** Name in a certificate that wasn't accepted: anybody can have written it. */
  claimed?: string;
  /** SHA-256 of the client's certificate, hexadecimal; of an open connection the first 16 digits. */
  fingerprint?: string;
  /** `ssh`: the client came by SSH; missing: by its certificate. */
  by?: "ssh";
  /** Of a connection to sshd, the front door's own port of it, which the client's lines by SSH have as theirs. */
  passedOn?: number;
  /** The version of TLS, e.g. `TLSv1.3`; of an open connection it isn't known. */
  tls?: string;
  /** The published port that it was led to; missing: the daemon. */
  published?: number;
  /** Where the connection came from. */
  address?: string;
  port?: number;
  /** Bytes from the client. */
  sent?: number;
  /** Bytes to the client. */
  received?: number;
  /** HAProxy's termination state, e.g. `CD`. */
  termination?: string;
  /** How it ended, in plain words; `closed` is as usual. */
  ended?: string;
  /** Why it was refused, in plain words. */
  reason?: string;
  /** What else is to be thought of, but isn't certain. */
  note?: string;
  /** The front door's own words. */
  detail?: string;
  event?: DockerEvent;
}

/** What happened to an object of Docker's. Docker doesn't say who did it. */
export interface DockerEvent {
  /** e.g. `container` */
  type: string;
  /** e.g. `start` */
  action: string;
  /** Of the object. */
  id: string;
  /** e.g. image and name of a container. */
  attributes: Record<string, string>;
}

/** Milliseconds since 1970: when the entry was over; now for an open connection. */
export function endOf({ start, duration = 0 }: Entry): number {
  return start + duration;
}

/** The entry as a line of JSON, which is safe to show on a terminal. Field names are stable; docs/audit.md lists them. */
export function jsonLine(entry: Entry): string {
  const { kind, start, open, duration, client, claimed, fingerprint, by, tls, published } = entry;
  const { address, port, sent, received, termination, ended, reason, note, detail, event } = entry;
  const fields = {
    kind,
    start: new Date(start).toISOString(),
    end: open ? undefined : new Date(endOf(entry)).toISOString(),
    open,
    durationMs: duration,
    ...{
      client,
      claimed,
      fingerprint,
      by,
      tls,
      published,
      address,
      port,
      sent,
      received,
      termination,
      ended,
      reason,
      note,
      detail,
      event,
    },
  };
  return JSON.stringify(fields).replace(
    unsafeCharacters,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text that can't do anything to a terminal: control characters and those that turn the writing's direction. */
export function harmless(text: string): string {
  return text.replace(unsafeCharacters, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

// eslint-disable-next-line no-control-regex -- it is what is looked for
const unsafeCharacters = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
