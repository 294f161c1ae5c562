import { isDeepStrictEqual } from "node:util";

import type { PropertyMap } from "../providers/provider.ts";
import { plain } from "../providers/provider.ts";
import { STACK_TYPE, shownType, urnName, urnType } from "../state/urn.ts";
import type { StepKind } from "../steps/goal.ts";
import type { Progress } from "./progress.ts";
import { duration } from "./screen.ts";
import { lines, show } from "./values.ts";
import { TO_DO, WORDS } from "./words.ts";

/** What is said at the end of a run: outputs, how many resources, how long. */
export function summary(progress: Progress, dryRun: boolean, seconds: number): string {
  const parts = [diagnostics(progress), outputs(progress.stackOutputs, dryRun), resources(progress, dryRun)];
  if (!dryRun) parts.push(`Duration: ${duration(Math.max(1, Math.round(seconds)))}\n`);
  return parts.filter((part) => part !== "").join("\n");
}

function diagnostics(progress: Progress): string {
  if (progress.diagnostics.length === 0) return "";
  const blocks = progress.diagnostics.map(({ urn, text }) => {
    const label = urn ? `${shownType(urnType(urn))} (${urnName(urn)})` : STACK_TYPE;
    return `  ${label}:\n${text.replace(/^/gm, "    ")}\n`;
  });
  return `Diagnostics:\n${blocks.join("\n")}`;
}

/** A preview only shows outputs that would change. */
function outputs(given: Progress["stackOutputs"], dryRun: boolean): string {
  if (!given || (dryRun && isDeepStrictEqual(plain(given.new), plain(given.old)))) return "";
  const rows = outputLines(given.new, given.old);
  return rows.length > 0 ? `Outputs:\n${rows.join("\n")}\n` : "";
}

function outputLines(news: PropertyMap, olds: PropertyMap): string[] {
  const names = [...new Set([...Object.keys(news), ...Object.keys(olds)])].sort();
  if (names.length === 0) return [];
  if (Object.keys(olds).length === 0 || isDeepStrictEqual(plain(news), plain(olds)))
    return lines(news, "    ");
  return names.map((name) => {
    const [now, old] = [news[name], olds[name]];
    if (now === undefined) return `  - ${name}: ${show(old ?? null, "    ")}`;
    if (old === undefined) return `  + ${name}: ${show(now, "    ")}`;
    if (isDeepStrictEqual(plain(now), plain(old))) return `    ${name}: ${show(now, "    ")}`;
    return `  ~ ${name}: ${show(old, "    ")} => ${show(now, "    ")}`;
  });
}

const ORDER: StepKind[] = ["create", "update", "delete", "replace"];

function resources({ counts, errors }: Progress, dryRun: boolean): string {
  const rows = ORDER.flatMap((kind) => {
    const n = counts.get(kind);
    if (!n) return [];
    const { sign, counted } = WORDS[kind];
    return [`    ${sign.padEnd(2)}${n} ${(dryRun ? TO_DO[kind] : counted) ?? kind}`];
  });
  const changes = ORDER.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  const same = counts.get("same") ?? 0;
  const kinds = rows.length;
  if (same > 0) rows.push(kinds > 1 ? `    ${changes} changes. ${same} unchanged` : `    ${same} unchanged`);
  else if (kinds > 1) rows.push(`    ${changes} changes`);
  if (errors > 0) rows.push(`    ${errors} errored`);
  return rows.length > 0 ? `Resources:\n${rows.join("\n")}\n` : "";
}
