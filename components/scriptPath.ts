import * as path from "node:path";

/**
 * A script's path as a command's text carries it: relative to the project's folder, where Pulumi runs commands, so
 * that no place of a checkout is in the state and any checkout can update or destroy the stack.
 *
 * @param segments the script's absolute path, e.g. `__dirname, "probe.js"`
 * @example scriptPath(__dirname, "probe.js") // components/health/probe.js
 */
export function scriptPath(...segments: string[]): string {
  return path
    .relative(process.cwd(), path.join(...segments))
    .split(path.sep)
    .join("/");
}
