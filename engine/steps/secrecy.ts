import { hasSecret, isObject, type PropertyMap, Secret } from "../providers/provider.ts";

/**
 * Outputs in which the secrets of the inputs of the same name are secret as well, and those that were asked for.
 * Source: annotateSecrets in sdk/go/common/resource/plugin/provider_plugin.go in github.com/pulumi/pulumi.
 */
export function withSecrets(outputs: PropertyMap, inputs: PropertyMap, additional: string[]): PropertyMap {
  const result = annotated(outputs, inputs);
  for (const name of additional) {
    const value = result[name];
    if (value !== undefined && !(value instanceof Secret)) result[name] = new Secret(value);
  }
  return result;
}

function annotated(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  const result = { ...outputs };
  for (const [name, input] of Object.entries(inputs)) {
    const output = result[name];
    if (output === undefined || output instanceof Secret) continue;
    if (isObject(output) && isObject(input)) result[name] = annotated(output, input);
    else if (hasSecret(input)) result[name] = new Secret(output);
  }
  return result;
}
