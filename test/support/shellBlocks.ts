import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const checkout = join(__dirname, "../..");

/** How a block of commands is tried, by what stands behind its language. */
export type Trial =
  | { kind: "run" }
  /** Each line goes on until it is interrupted. */
  | { kind: "until Ctrl-C" }
  | { kind: "not run"; why: string }
  /** Nobody has said. */
  | { kind: "unknown" };

/** Commands that the documentation shows. */
export interface ShellBlock {
  /** e.g. `docs/everyday.md:28` */
  place: string;
  trial: Trial;
  text: string;
}

/** The pages of the documentation. */
export const pages = [
  "README.md",
  ...readdirSync(join(checkout, "docs")).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

/** The shell blocks of a page. */
export function shellBlocks(page: string): ShellBlock[] {
  const text = readFileSync(join(checkout, page), "utf8");
  const blocks = text.matchAll(/^( *)```(?:sh|bash|shell|console)\b(.*)\n([\s\S]*?)^ *```$/gm);
  return [...blocks].map((block) => ({
    place: `${page}:${text.slice(0, block.index).split("\n").length}`,
    trial: trialOf(block[2].trim()),
    text: block[3].replaceAll(new RegExp(`^${block[1]}`, "gm"), ""),
  }));
}

function trialOf(words: string): Trial {
  if (words === "run") return { kind: "run" };
  if (words === "run until Ctrl-C") return { kind: "until Ctrl-C" };
  const [, why] = /^not run: (.{10,})$/.exec(words) ?? [];
  return why === undefined ? { kind: "unknown" } : { kind: "not run", why };
}
