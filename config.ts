import * as pulumi from "@pulumi/pulumi";
import type { RemoteDockerArgs } from "./components/remoteDocker";
import { remoteDockerProblems } from "./components/remoteDockerArgs";
import { refuse } from "./components/validation";

const namespace = "remote-docker";

/**
 * The stack's configuration (Pulumi.<stack>.yaml) as the component's arguments.
 *
 * @throws RunError which names every key that is unknown or has a wrong value
 */
export function readConfiguration(): RemoteDockerArgs {
  const entries = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(`${namespace}:`))
    .map(([key, value]) => [key.slice(namespace.length + 1), structured(value)] as const);
  const configuration = Object.fromEntries(entries) as unknown as RemoteDockerArgs;
  explained(() => refuse(remoteDockerProblems(configuration)));
  return configuration;
}

/**
 * What `make` makes; an argument that it refuses is reported by its name in the stack's configuration and without a
 * stack trace.
 */
export function explained<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    const lines = error.errors.map(({ propertyPath, reason }) => `${namespace}:${propertyPath}: ${reason}`);
    throw new pulumi.RunError(lines.join("\n"));
  }
}

/** Pulumi hands every value over as text; lists, objects, numbers and booleans are JSON. */
function structured(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
