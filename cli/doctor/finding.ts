/** What a check has found. */
export interface Finding {
  /** What was looked at, e.g. `server's certificate`. */
  check: string;
  /** `fault`: it can't work, or isn't safe; `warning`: it may soon, or in part. */
  level: "ok" | "warning" | "fault";
  what: string;
  /** Why it matters, where that isn't plain. */
  why?: string;
  /** What to do. */
  remedy?: string;
}

/** Findings of one check, by what they mean. */
export function about(check: string) {
  const finding =
    (level: Finding["level"]) =>
    (what: string, remedy?: string, why?: string): Finding => ({
      check,
      level,
      what,
      ...(why && { why }),
      ...(remedy && { remedy }),
    });
  return { ok: finding("ok"), warning: finding("warning"), fault: finding("fault") };
}

const signs = { ok: "ok     ", warning: "warning", fault: "FAULT  " };

/** As lines for people. */
export function inWords({ check, level, what, why, remedy }: Finding): string {
  const more = [why, remedy && `Do this: ${remedy}`].filter(Boolean).map((text) => `         ${text}`);
  return [`${signs[level]}  ${check}: ${what}`, ...more].join("\n");
}
