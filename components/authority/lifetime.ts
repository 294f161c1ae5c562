import type { Lifetime } from "./identity";

/** Hours in a year and in ten: the usual lifetimes of leaves and of roots. */
export const yearHours = 8760;
export const decadeHours = 10 * yearHours;

const monthHours = 720;

/** Renews a month before the end, or in the last third of a life that is shorter than three months. */
export function lifetime(validityHours = yearHours): Lifetime {
  return { validityHours, earlyRenewalHours: Math.min(monthHours, Math.floor(validityHours / 3)) };
}
