import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

import { Unsupported, UserError } from "../errors.ts";
import type { CustomTimeouts } from "../state/file.ts";
import type { Goal } from "../steps/goal.ts";
import type { Plain } from "../wire/properties.ts";
import { parsePath } from "../steps/propertyPath.ts";
import { decodeMap } from "../wire/properties.ts";

/** What a request of the program asks for; refuses the options that the engine doesn't have. */
export function goalOf(request: RegisterResourceRequest): Goal {
  refuseUnsupported(request);
  const dependencies = [...request.getPropertydependenciesMap().entries()] as [
    string,
    { getUrnsList(): string[] },
  ][];
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent() || undefined,
    inputs: decodeMap(request.getObject()?.toJavaScript() as Plain),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    dependencies: request.getDependenciesList(),
    propertyDependencies: Object.fromEntries(dependencies.map(([name, urns]) => [name, urns.getUrnsList()])),
    provider: request.getProvider() || undefined,
    version: request.getVersion() || undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: timeoutsOf(request.getCustomtimeouts()),
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
  };
}

function refuseUnsupported(request: RegisterResourceRequest): void {
  const what = `${request.getType()} '${request.getName()}'`;
  const options: [string, boolean][] = [
    ["the remote constructor", request.getRemote()],
    ["the option aliases", request.getAliasurnsList().length + request.getAliasesList().length > 0],
    ["the option deletedWith", request.getDeletedwith() !== ""],
    ["the option import", request.getImportid() !== ""],
    ["the option transforms", request.getTransformsList().length > 0],
    ["the option stateMigrations", request.getStateMigrationsList().length > 0],
    ["the option replaceWith", request.getReplaceWithList().length > 0],
    ["the option replacementTrigger", request.hasReplacementTrigger()],
    ["the option hideDiffs", request.getHidediffsList().length > 0],
    ["the option envVarMappings", request.getEnvvarmappingsMap().getLength() > 0],
    ["the option pluginDownloadURL", request.getPlugindownloadurl() !== ""],
    ["the parameterized package", request.getPackageref() !== ""],
    ["the option hooks", hooksOf(request) > 0],
  ];
  const refused = options.find(([, used]) => used);
  if (refused) throw new Unsupported(`${refused[0]} of ${what}`);
  refuseParts(what, "ignoreChanges", request.getIgnorechangesList(), (keys) => keys.every(isName));
  // The SDK of the command provider asks for `triggers[*]` by itself.
  refuseParts(
    what,
    "replaceOnChanges",
    request.getReplaceonchangesList(),
    ([name, ...rest]) => isName(name) && (rest.length === 0 || (rest.length === 1 && rest[0] === "*")),
  );
}

function isName(key: string | number | undefined): boolean {
  return typeof key === "string" && key !== "*";
}

function refuseParts(
  what: string,
  option: string,
  paths: string[],
  known: (keys: (string | number)[]) => boolean,
): void {
  const refused = paths.find((path) => !known(parsePath(path)));
  if (refused !== undefined) throw new Unsupported(`${refused} in the option ${option} of ${what}`);
}

function hooksOf(request: RegisterResourceRequest): number {
  return Object.values(request.getHooks()?.toObject() ?? {}).flat().length;
}

function timeoutsOf(
  timeouts: RegisterResourceRequest.CustomTimeouts | undefined,
): CustomTimeouts | undefined {
  const given: [keyof CustomTimeouts, string | undefined][] = [
    ["create", timeouts?.getCreate()],
    ["update", timeouts?.getUpdate()],
    ["delete", timeouts?.getDelete()],
  ];
  const parsed = given.filter(([, text]) => text).map(([name, text]) => [name, seconds(text ?? "")] as const);
  return parsed.length > 0 ? Object.fromEntries(parsed) : undefined;
}

const UNITS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A duration as Go writes it: 1h30m, 90s, 500ms. */
export function seconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new UserError(`customTimeouts: ${text} is not a duration; write it like 90s, 5m or 1h30m`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
}
