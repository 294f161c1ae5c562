import { Command } from "commander";

import { UserError } from "../errors.ts";
import type { ResourceRecord } from "../state/file.ts";
import { urnName } from "../state/urn.ts";
import { dependsOn } from "../steps/deletions.ts";
import { locked } from "./lock.ts";
import { stackOption } from "./options.ts";
import { confirm } from "./prompt.ts";
import { openStack, readState } from "./session.ts";

interface DeleteOptions {
  stack?: string;
  yes: boolean;
  force: boolean;
  targetDependents: boolean;
  nonInteractive?: boolean;
}

export function stateCommand(): Command {
  return stackOption(new Command("state"))
    .description("Edit a stack's state")
    .addCommand(
      stackOption(new Command("delete").argument("<urn>"))
        .description("Forget a resource that is gone; `stack --show-urns` shows the URNs")
        .option("-y, --yes", "don't ask", false)
        .option("--force", "also if it is protected", false)
        .option("--target-dependents", "also what depends on it", false)
        .action((urn: string, _options: object, command: Command) => forget(urn, command.optsWithGlobals())),
    );
}

/** Takes the resource out of the state; nothing is done to what it stands for. */
async function forget(urn: string, options: DeleteOptions): Promise<void> {
  const { backend, stack } = openStack(options.stack);
  await locked({ backend, stack }, async () => {
    const file = await readState({ backend, stack });
    const { latest } = file.checkpoint;
    const resources = latest?.resources ?? [];
    const found = resources.filter((resource) => resource.urn === urn);
    if (!latest || found.length === 0) {
      throw new UserError(`no such resource ${JSON.stringify(urn)} exists; see \`stack --show-urns\``);
    }
    const dependents = dependentsOf(found, resources);
    if (dependents.length > 0 && !options.targetDependents) {
      throw new UserError(
        `${urn} can't be safely deleted because the following resources depend on it:\n` +
          `${dependents.map((other) => ` * "${urnName(other.urn)}" (${other.urn})\n`).join("")}` +
          "Delete those resources first or pass --target-dependents.",
      );
    }
    const doomed = [...found, ...dependents];
    const kept = doomed.find(({ protect }) => protect);
    if (kept && !options.force) {
      throw new UserError(
        `${kept.urn} can't be safely deleted because it is protected. Re-run this command with --force to force deletion`,
      );
    }
    if (!options.yes) {
      const others = dependents.length > 0 ? ` and ${dependents.length} that depend on it` : "";
      await confirm(`This will forget ${urn}${others}!`, options.nonInteractive ?? false);
    }
    latest.resources = resources.filter((resource) => !doomed.includes(resource));
    await backend.write(stack, file);
  });
  process.stdout.write("Resource deleted\n");
}

/** What needs one of the resources, directly or by another one: it stands behind it in the state. */
function dependentsOf(found: ResourceRecord[], resources: ResourceRecord[]): ResourceRecord[] {
  const doomed = new Set(found);
  for (const resource of resources) {
    if ([...doomed].some((other) => dependsOn(resource, other))) doomed.add(resource);
  }
  return [...doomed].filter((resource) => !found.includes(resource));
}
