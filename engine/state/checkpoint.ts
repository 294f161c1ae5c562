import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import { cipherFor } from "./passphrase.ts";
import type { Operation, OperationType, Resource, Snapshot } from "./resource.ts";
import { type Json, parseResource, Sealer, type Sealing, serialiseResource } from "./serialise.ts";

/**
 * The state's file format. Source: sdk/go/common/apitype/core.go and pkg/resource/stack/{checkpoint,deployment}.go in
 * github.com/pulumi/pulumi.
 */
export interface Deployment {
  manifest: { time: string; magic: string; version: string };
  secrets_providers?: { type: string; state?: { salt?: string } };
  resources?: Json[];
  pending_operations?: { resource: Json; type: OperationType }[];
  metadata?: Json;
}

/** The version whose format this is: a checkpoint must name one, and its hash as magic. */
const formatVersion = "v3.260.0";

export interface OpenedDeployment extends Snapshot {
  /** undefined when the state has never held a secret. */
  sealer?: Sealer;
}

export async function openDeployment(deployment: Deployment | undefined): Promise<OpenedDeployment> {
  const sealer = await sealerOf(deployment);
  return {
    sealer,
    resources: (deployment?.resources ?? []).map((resource) => parseResource(resource, sealer)),
    pending: (deployment?.pending_operations ?? []).map(({ resource, type }) => ({
      type,
      resource: parseResource(resource, sealer),
    })),
  };
}

async function sealerOf(deployment: Deployment | undefined): Promise<Sealer | undefined> {
  const provider = deployment?.secrets_providers;
  if (!provider?.type) return undefined;
  if (provider.type !== "passphrase" || !provider.state?.salt) {
    throw new UserError(
      `the stack's secrets provider is ${provider.type}: the offline engine knows passphrases only; use the official CLI`,
    );
  }
  return new Sealer(await cipherFor(provider.state.salt));
}

/** Turns snapshots into deployments; what a resource looks like is kept, since resources never change in place. */
export class DeploymentWriter {
  readonly #sealing: Sealing;
  readonly #salt: string;
  readonly #written = new WeakMap<Resource, Json>();

  constructor(sealing: Sealing, salt: string) {
    this.#sealing = sealing;
    this.#salt = salt;
  }

  resource(resource: Resource): Json {
    const known = this.#written.get(resource);
    if (known) return known;
    const json = serialiseResource(resource, this.#sealing);
    this.#written.set(resource, json);
    return json;
  }

  deployment({ resources, pending }: Snapshot, now = new Date()): Deployment {
    return {
      manifest: {
        time: now.toISOString(),
        magic: createHash("sha256").update(formatVersion).digest("hex"),
        version: formatVersion,
      },
      secrets_providers: { type: "passphrase", state: { salt: this.#salt } },
      ...(resources.length > 0 && { resources: resources.map((resource) => this.resource(resource)) }),
      ...(pending.length > 0 && { pending_operations: pending.map((operation) => this.#operation(operation)) }),
      metadata: {},
    };
  }

  #operation({ type, resource }: Operation): { resource: Json; type: OperationType } {
    return { resource: this.resource(resource), type };
  }
}
