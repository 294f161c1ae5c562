import * as os from "node:os";
import type {
  Context,
  PropertyMap,
  ResourceState,
  ResourceType,
} from "../../../../engine/providers/provider.ts";

export interface TestContext extends Context {
  /** What was shown. */
  lines: string[];
}

export function testContext(changes: Partial<Context> = {}): TestContext {
  const lines: string[] = [];
  return {
    name: "thing",
    log: (_severity, message) => lines.push(message),
    signal: new AbortController().signal,
    directory: os.tmpdir(),
    lines,
    ...changes,
  };
}

export type Made = ResourceState & { id: string };

/** Checks and creates; fails when check finds anything wrong. */
export async function made(
  type: ResourceType,
  properties: PropertyMap,
  context: Context = testContext(),
): Promise<Made> {
  const { inputs, failures } = type.check(properties);
  if (failures.length) throw new Error(JSON.stringify(failures));
  return { inputs, ...(await type.create(inputs, context)) };
}
