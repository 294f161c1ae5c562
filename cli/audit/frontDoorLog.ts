import type { Entry } from "./entry.ts";
import { endedInWords, reasonInWords } from "./words.ts";

/** An entry of the machine's journal, as far as it matters here. */
export interface JournalEntry {
  message: string;
  /** Milliseconds since 1970. */
  time: number;
  /** Its place in the journal. */
  cursor: string;
}

/** A line of `journalctl -o json`; undefined when it is none. */
export function parseJournal(line: string): JournalEntry | undefined {
  const fields = parsed(line);
  if (!fields) return undefined;
  const { MESSAGE: message, __REALTIME_TIMESTAMP: microseconds, __CURSOR: cursor } = fields;
  return { message: messageText(message), time: Number(microseconds) / 1000, cursor: String(cursor) };
}

/** What isn't UTF-8 comes as a list of bytes (systemd's Journal JSON Format). */
function messageText(message: unknown): string {
  return Array.isArray(message) ? Buffer.from(message as number[]).toString("latin1") : String(message);
}

const kinds = ["connection", "refused", "trial", "ssh", "local"] as const;

/**
 * A line of the front door's log (components/frontDoor/haproxyLog.ts), which is written when a connection ends.
 * Undefined for what HAProxy says about itself; a line that can't be read is never left out.
 */
export function parseFrontDoor({ message, time }: JournalEntry): Entry | undefined {
  if (!message.startsWith("{")) return undefined;
  const fields = parsed(message);
  const kind = kinds.find((known) => known === fields?.event);
  if (!fields || !kind) return { kind: "unreadable", start: time, open: false, detail: message };
  const termination = text(fields.end);
  const detail = refusalDetail(fields);
  const refused = kind === "refused";
  const seconds = number(fields.start);
  // Without a termination state the handshake failed: the name is whatever a stranger wrote into a certificate.
  const trusted = !refused || termination !== undefined;
  return {
    kind,
    start: seconds ? Math.round(seconds * 1000) : time,
    open: false,
    duration: number(fields.duration),
    client: trusted ? text(fields.client) : undefined,
    claimed: trusted ? undefined : text(fields.client),
    fingerprint: text(fields.fingerprint),
    by: fields.by === "ssh" ? "ssh" : undefined,
    passedOn: number(text(fields.passedOn)),
    tls: text(fields.tls),
    published: number(fields.published),
    address: text(fields.address)?.replace(/^::ffff:(?=\d+\.)/, ""),
    port: number(fields.port),
    sent: number(fields.sent),
    received: number(fields.received),
    termination,
    ended: refused || termination === undefined ? undefined : endedInWords(termination),
    reason: refused ? reasonInWords(text(fields.reason), detail) : undefined,
    detail,
  };
}

/** What OpenSSL said, and what is wrong with the certificate or its issuer. */
function refusalDetail(fields: Record<string, unknown>): string | undefined {
  const faults = ["certificate", "issuer"].flatMap((which) => {
    const fault = text(fields[which]);
    return fault === undefined || ["X509_V_OK", "X509_V_ERR_0"].includes(fault) ? [] : [`${which} ${fault}`];
  });
  return [text(fields.detail) ?? [], faults].flat().join(", ") || undefined;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** HAProxy writes "-" for what it doesn't know. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "-" ? value : undefined;
}

function number(value: unknown): number | undefined {
  const known = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof known === "number" && Number.isFinite(known) ? known : undefined;
}
