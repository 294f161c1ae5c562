const dayMilliseconds = 24 * 3600_000;

/** A certificate that ends some day. */
export interface Ending {
  /** Whose it is, as the beginning of a sentence, e.g. `The client ci's certificate`. */
  what: string;
  /** When it expires, RFC 3339. */
  expires: string;
  /** Days before its end from which it is worth a warning. */
  warnDays: number;
  /** What to do about it, a sentence. */
  remedy: string;
}

/** Whole days until a moment (RFC 3339), negative once it is past. */
export function daysLeft(expires: string, now = Date.now()): number {
  return Math.floor((Date.parse(expires) - now) / dayMilliseconds);
}

/**
 * What `up` says about the ends of certificates: a line about the one that ends first, and a warning for each that is
 * near its end.
 *
 * @throws Error when there is none
 */
export function expiryReport(endings: Ending[], now = Date.now()): { line: string; warnings: string[] } {
  const days = (one: Ending) => daysLeft(one.expires, now);
  const first = endings.reduce((one, other) =>
    Date.parse(other.expires) < Date.parse(one.expires) ? other : one,
  );
  return {
    line: `${first.what} is the next to expire, in ${counted(days(first))} (${first.expires.slice(0, 10)}).`,
    warnings: endings
      .filter((one) => days(one) <= one.warnDays)
      .map((one) =>
        days(one) < 0
          ? `${one.what} expired on ${one.expires.slice(0, 10)}. ${one.remedy}`
          : `${one.what} expires in ${counted(days(one))}, on ${one.expires.slice(0, 10)}. ${one.remedy}`,
      ),
  };
}

function counted(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
