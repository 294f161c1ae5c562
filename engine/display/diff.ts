import { isDeepStrictEqual } from "node:util";

import type { PropertyMap, PropertyValue } from "../providers/provider.ts";
import { isObject } from "../providers/provider.ts";
import { shownType } from "../state/urn.ts";
import type { Step } from "../steps/goal.ts";
import { lines, show } from "./values.ts";
import { WORDS } from "./words.ts";

/** A step with each changed property, for --diff. Secrets are masked by show. */
export function detailed(step: Step): string[] {
  const { sign, plan } = WORDS[step.kind];
  const head = [
    `    ${sign} ${shownType(step.type)}: (${plan})`,
    ...(step.old?.id ? [`        [id=${step.old.id}]`] : []),
    `        [urn=${step.urn}]`,
  ];
  const olds = step.old?.inputs ?? {};
  const news = step.new?.inputs ?? {};
  if (!step.old || !step.new)
    return [...head, ...lines(step.new ? news : olds, "        ")].filter((line) => line !== "");
  return [...head, ...changes(olds, news, "      ")];
}

/** What differs, down to the single value: pkg/backend/display/object_diff.go. */
function changes(olds: PropertyMap, news: PropertyMap, indent: string): string[] {
  const all = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const names = all.filter((name) => !isDeepStrictEqual(olds[name], news[name]));
  const width = Math.max(...names.map((name) => name.length));
  return names.flatMap((name) => change(name.padEnd(width), olds[name], news[name], indent));
}

function change(
  title: string,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  indent: string,
): string[] {
  const end = `${indent}  `;
  const inner = `${end}  `;
  if (now === undefined) return [`${indent}- ${title}: ${show(old ?? null, end)}`];
  if (old === undefined) return [`${indent}+ ${title}: ${show(now, end)}`];
  if (isObject(old) && isObject(now)) {
    return [`${indent}~ ${title}: {`, ...changes(old, now, inner), `${end}}`];
  }
  if (Array.isArray(old) && Array.isArray(now)) {
    const items = Array.from({ length: Math.max(old.length, now.length) }, (_, i) => i).filter(
      (i) => !isDeepStrictEqual(old[i], now[i]),
    );
    return [
      `${indent}~ ${title}: [`,
      ...items.flatMap((i) => change(`[${i}]`, old[i], now[i], inner)),
      `${end}]`,
    ];
  }
  if (typeof old === "string" && typeof now === "string" && /\n/.test(old + now)) {
    return [`${indent}~ ${title}: `, ...textChange(old.split("\n"), now.split("\n"), inner)];
  }
  return [`${indent}~ ${title}: ${show(old, end)} => ${show(now, end)}`];
}

/** The lines between what two texts have in common at their beginning and at their end. */
function textChange(olds: string[], news: string[], indent: string): string[] {
  const shorter = Math.min(olds.length, news.length);
  let start = 0;
  while (start < shorter && olds[start] === news[start]) start++;
  let rest = 0;
  while (rest < shorter - start && olds.at(-1 - rest) === news.at(-1 - rest)) rest++;
  const gone = olds.slice(start, olds.length - rest).map((line) => `${indent}- ${line}`);
  const added = news.slice(start, news.length - rest).map((line) => `${indent}+ ${line}`);
  return [...gone, ...added];
}
