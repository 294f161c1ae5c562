import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { UserError } from "../errors.ts";
import { writeAtomically } from "../state/files.ts";
import type { Project } from "./project.ts";

/** Where the user's settings are: PULUMI_HOME, default ~/.pulumi. */
export function pulumiHome(): string {
  return process.env.PULUMI_HOME || join(homedir(), ".pulumi");
}

/** Which stack is selected: sdk/go/common/workspace/workspace.go keeps one file for each project file. */
function selectionFile(project: Project): string {
  const hash = createHash("sha1").update(project.file).digest("hex");
  return join(pulumiHome(), "workspaces", `${project.name}-${hash}-workspace.json`);
}

export function selectedStack(project: Project): string | undefined {
  const path = selectionFile(project);
  if (!existsSync(path)) return undefined;
  const { stack } = JSON.parse(readFileSync(path, "utf8")) as { stack?: string };
  return stack ? stackName(stack, project) : undefined;
}

export async function selectStack(project: Project, stack: string | undefined): Promise<void> {
  const path = selectionFile(project);
  const old = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as object) : {};
  await writeAtomically(path, JSON.stringify({ ...old, stack }));
}

/** `dev` or `organization/project/dev` -> dev. */
export function stackName(text: string, project: Project): string {
  const [stack, owner, organization] = text.split("/").reverse();
  if ((owner && owner !== project.name) || (organization && organization !== "organization")) {
    throw new UserError(`${text}: a stack of another project; use one of organization/${project.name}`);
  }
  return stack ?? "";
}

/** The backend: PULUMI_BACKEND_URL, else the project's, else where the user is logged in. */
export function backendUrl(project: Project): string {
  const chosen = process.env.PULUMI_BACKEND_URL || project.backendUrl;
  if (chosen) return chosen;
  const credentials = join(pulumiHome(), "credentials.json");
  const current = existsSync(credentials)
    ? (JSON.parse(readFileSync(credentials, "utf8")) as { current?: string }).current
    : undefined;
  if (current) return current;
  throw new UserError(
    "no backend is chosen; set PULUMI_BACKEND_URL to a folder, such as file://~/.pulumi-state",
  );
}
