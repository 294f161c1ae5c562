import { resolve } from "node:path";

/** A path as its user means it: npm runs a script in the project's folder, and says where npm was called. */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? ".", path);
}
