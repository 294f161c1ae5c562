/**
 * When Docker's release lines stopped getting fixes, as known on 2026-11-27. Docker publishes no calendar: the moby
 * project's list of maintained branches counts (https://github.com/moby/moby/blob/master/project/BRANCHES-AND-TAGS.md),
 * with dates as https://endoflife.date/docker-engine has gathered them from it. Lines that aren't here are maintained, or
 * nothing is known of them.
 */
const lines: Record<string, string> = {
  "18.09": "2019-08-22",
  "19.03": "2021-01-08",
  "20.10": "2023-12-10",
  "23.0": "2025-05-19",
  "24.0": "2024-06-08",
  "26.0": "2024-06-08",
  "26.1": "2025-02-17",
  "27.0": "2025-05-03",
  "27.1": "2025-05-03",
  "27.2": "2025-05-03",
  "27.3": "2025-05-03",
  "27.4": "2025-05-03",
  "27.5": "2025-05-03",
};

/**
 * Debian fixes the security faults of its own packages for as long as it supports the release, whatever moby does: end of
 * long term support (https://wiki.debian.org/LTS), as known on 2026-11-27.
 */
const debian: Record<string, { release: string; end: string }> = {
  "20.10": { release: "Debian 12", end: "2028-06-30" },
  "26.1": { release: "Debian 13", end: "2030-06-30" },
};

/** Since when a version gets no fixes, or until when a distribution's package does. */
export interface Support {
  /** When the release line ended, `2025-02-17`; missing: it goes on, or nothing is known. */
  ended?: string;
  /** The distribution that fixes its package of it nevertheless, and until when. */
  package?: { release: string; end: string };
}

/**
 * @param version of the engine, as the daemon says it, e.g. `26.1.5+dfsg1`
 */
export function supportOf(version: string, now = Date.now()): Support {
  const [, line = ""] = /^(\d+\.\d+)/.exec(version) ?? [];
  const end = lines[line];
  // Debian's packages say that they are without what isn't free software.
  const theirs = version.includes("+dfsg") ? debian[line] : undefined;
  return {
    ...(end !== undefined && Date.parse(end) <= now && { ended: end }),
    ...(theirs !== undefined && Date.parse(theirs.end) > now && { package: theirs }),
  };
}
