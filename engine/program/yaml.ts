import { existsSync, readFileSync } from "node:fs";

import type { Document, Scalar } from "yaml";
import { isMap, parseDocument, visit } from "yaml";

import { UserError, messageOf } from "../errors.ts";

/** What the official CLI's YAML reader takes for a number or a time: resolve.go in github.com/go-yaml/yaml, v3. */
const TYPED =
  /^[-+]?(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[\d_]*\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?|\.(inf|Inf|INF|nan|NaN|NAN))$|^\d{4}-\d\d?-\d\d?([Tt ].*)?$/;

/** A number that every reader of YAML takes for the same. */
const CLEAR = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/**
 * Reads a YAML file that holds a map; one that isn't there is empty. Merge keys (`<<`) are followed.
 *
 * @param within the part in which a number that is written ambiguously, such as 0644, is refused
 * @throws UserError that names file and line
 */
export function readYaml(file: string, within: string): { text: string; document: Document } {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem) throw new UserError(`${file}: ${problem.message.split("\n")[0]?.replace(/:$/, "")}`);
  if (document.contents !== null && !isMap(document.contents))
    throw new UserError(`${file}: is not a map; write config: {…}`);
  try {
    document.toJS();
  } catch (error) {
    throw new UserError(`${file}: could not be read: ${messageOf(error)}`);
  }
  visit(document.get(within, true) as never, {
    Scalar: (_key, scalar) => refuseAmbiguous(scalar, file, text),
  });
  return { text, document };
}

function refuseAmbiguous({ type, source, range }: Scalar, file: string, text: string): void {
  if (type !== "PLAIN" || !source || !TYPED.test(source)) return;
  const value = Number(source);
  if (CLEAR.test(source) && Number.isFinite(value) && (/[.eE]/.test(source) || Number.isSafeInteger(value)))
    return;
  const line = text.slice(0, range?.[0]).split("\n").length;
  throw new UserError(
    `${file}: line ${line}: ${source} is read as different values by different readers of YAML; ` +
      "put it in quotes if it is text, or write it as a decimal number",
  );
}
