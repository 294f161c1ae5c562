import { existsSync } from "node:fs";
import path from "node:path";
import { Unsupported, UserError } from "../errors.ts";
import { readYaml } from "./yaml.ts";

/** What the engine needs to know of Pulumi.yaml. */
export interface Project {
  name: string;
  /** The folder with Pulumi.yaml. */
  root: string;
  file: string;
  /** The program's folder or file, relative to the root. */
  main: string;
  typescript: boolean;
  /** The program's tsconfig.json, relative to the root. Default: the one there, if any. */
  tsconfig?: string;
  /** Arguments for Node. */
  nodeArguments: string[];
  backendUrl?: string;
  /** Where Pulumi.<stack>.yaml is, relative to the root. */
  stackFolder: string;
  /** The project's own defaults for the configuration, by key without namespace. */
  config: Record<string, unknown>;
}

interface ProjectFile {
  name?: string;
  runtime?:
    string | { name?: string; options?: { typescript?: boolean; tsconfig?: string; nodeargs?: string } };
  main?: string;
  backend?: { url?: string };
  stackConfigDir?: string;
  config?: string | Record<string, unknown>;
  plugins?: unknown;
  packages?: unknown;
}

/** Finds Pulumi.yaml in the folder or above it, as the official CLI does. */
export function findProject(folder: string): Project {
  const file = findUp(folder);
  const content = (readYaml(file, "config").document.toJS() ?? {}) as ProjectFile;
  const runtime = typeof content.runtime === "string" ? { name: content.runtime } : (content.runtime ?? {});
  if (typeof content.name !== "string" || content.name === "")
    throw new UserError(`${file}: project is missing a 'name'`);
  if (runtime.name !== "nodejs") throw new Unsupported(`${file}: runtime ${JSON.stringify(runtime.name)}`);
  if (content.plugins !== undefined || content.packages !== undefined) {
    throw new Unsupported(`${file}: 'plugins' or 'packages'`);
  }
  return {
    name: content.name,
    root: path.dirname(file),
    file,
    main: content.main ?? ".",
    typescript: runtime.options?.typescript ?? true,
    tsconfig: runtime.options?.tsconfig,
    nodeArguments: runtime.options?.nodeargs?.split(/\s+/).filter(Boolean) ?? [],
    backendUrl: content.backend?.url,
    stackFolder: content.stackConfigDir ?? (typeof content.config === "string" ? content.config : "."),
    config: configOf(file, content.config),
  };
}

/** Text, whole numbers and truth values, as the official CLI's schema has it; declarations are for the official CLI. */
function configOf(file: string, config: ProjectFile["config"]): Record<string, unknown> {
  if (typeof config !== "object" || config === null) return {};
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === "object" && value !== null && "type" in value)
      throw new Unsupported(`${file}: config: ${key}: a declaration with a type`);
    if (!["string", "boolean"].includes(typeof value) && !Number.isSafeInteger(value))
      throw new UserError(`${file}: config: ${key}: write text, a whole number, true or false`);
  }
  return config;
}

function findUp(start: string): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
      if (existsSync(path.join(folder, name))) return path.join(folder, name);
    }
    if (folder === path.dirname(folder)) {
      throw new UserError(
        `no Pulumi.yaml project file found (searching upwards from ${start}): run this in the project's folder`,
      );
    }
  }
}
