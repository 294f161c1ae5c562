import { isDeepStrictEqual } from "node:util";

import { plain } from "../providers/provider.ts";
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
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return [...head, ...names.flatMap((name) => property(name, olds[name], news[name]))];
}

function property(
  name: string,
  old: Parameters<typeof show>[0] | undefined,
  now: Parameters<typeof show>[0] | undefined,
): string[] {
  const at = "        ";
  if (old === undefined && now !== undefined) return [`      + ${name}: ${show(now, at)}`];
  if (old !== undefined && now === undefined) return [`      - ${name}: ${show(old, at)}`];
  if (old === undefined || now === undefined || isDeepStrictEqual(plain(old), plain(now))) return [];
  return [`      ~ ${name}: ${show(old, at)} => ${show(now, at)}`];
}
