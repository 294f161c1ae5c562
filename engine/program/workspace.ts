import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { UserError, messageOf } from "../errors.ts";
import { ORGANIZATION } from "../state/backend.ts";
import { writeAtomically } from "../state/files.ts";
import type { Project } from "./project.ts";

/** Where the user's settings are: PULUMI_HOME, default ~/.pulumi. */
export function pulumiHome(): string {
  return process.env.PULUMI_HOME || join(homedir(), ".pulumi");
}

/** Which stack is selected: pkg/workspace/workspace.go keeps one file for each project file. */
function selectionFile(project: Project): string {
  const hash = createHash("sha1").update(project.file).digest("hex");
  return join(pulumiHome(), "workspaces", `${project.name}-${hash}-workspace.json`);
}

/** A stack for each backend; a single one for all of them is what older CLIs wrote (pkg/workspace/settings.go). */
interface Selection {
  stack?: string;
  stacks?: Record<string, string>;
}

function readSelection(project: Project): Selection {
  return readJson(selectionFile(project), "remove it and select a stack again");
}

/** The file's content, nothing where there is none; `remedy` is what to do about one that is broken. */
function readJson<T extends object>(file: string, remedy: string): Partial<T> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new UserError(`${file}: could not be read: ${messageOf(error)}; ${remedy}`);
  }
}

/** The stack that `stack select` of either engine has chosen for the backend. */
export function selectedStack(project: Project, backend: string): string | undefined {
  const { stack, stacks } = readSelection(project);
  const selected = stacks?.[backend];
  if (selected) return stackName(selected, project);
  // One for all backends may be another backend's, where stacks have other names.
  return stack && isOfProject(stack, project) ? stackName(stack, project) : undefined;
}

/** Selects the stack for the backend; undefined: none. */
export async function selectStack(
  project: Project,
  backend: string,
  stack: string | undefined,
): Promise<void> {
  const path = selectionFile(project);
  const { stack: forAll, stacks, ...others } = readSelection(project);
  const selected = { ...stacks };
  if (stack) selected[backend] = `${ORGANIZATION}/${project.name}/${stack}`;
  else delete selected[backend];
  const selection = {
    ...others,
    // As the official CLI: selecting keeps it, unselecting drops it.
    ...(stack && forAll && { stack: forAll }),
    ...(Object.keys(selected).length > 0 && { stacks: selected }),
  };
  if (Object.keys(selection).length === 0) return rm(path, { force: true });
  await writeAtomically(path, JSON.stringify(selection, undefined, 4));
}

/** `dev` or `organization/project/dev` -> dev. */
export function stackName(text: string, project: Project): string {
  if (!isOfProject(text, project)) {
    throw new UserError(`${text}: a stack of another project; use one of ${ORGANIZATION}/${project.name}`);
  }
  return text.split("/").at(-1) ?? "";
}

function isOfProject(text: string, project: Project): boolean {
  const [, owner, organization] = text.split("/").reverse();
  return (!owner || owner === project.name) && (!organization || organization === ORGANIZATION);
}

/** The backend: PULUMI_BACKEND_URL, else the project's, else where the user is logged in. */
export function backendUrl(project: Project): string {
  const chosen = process.env.PULUMI_BACKEND_URL || project.backendUrl;
  if (chosen) return chosen;
  const credentials = join(pulumiHome(), "credentials.json");
  const { current } = readJson<{ current?: string }>(credentials, "remove it or set PULUMI_BACKEND_URL");
  if (current) return current;
  throw new UserError(
    "no backend is chosen; set PULUMI_BACKEND_URL to a folder, such as file://~/.pulumi-state",
  );
}
