import type { Provider } from "./provider.ts";

/** Loads a provider when the program first needs it: an X.509 or SSH library costs start-up time. */
export type Loader = () => Promise<Provider>;

/** The providers that the engine can run, by package name. */
export interface Registry {
  get(name: string): Promise<Provider> | undefined;
  names(): string[];
}

export const builtIn: Record<string, Loader> = {
  tls: async () => (await import("./tls/provider.ts")).tlsProvider,
  command: async () => (await import("./command/provider.ts")).commandProvider,
};

/** A registry of the given loaders; tests plug their own in here. */
export function registry(loaders: Record<string, Loader> = builtIn): Registry {
  const loaded = new Map<string, Promise<Provider>>();
  return {
    names: () => Object.keys(loaders),
    get(name) {
      const known = loaded.get(name);
      if (known) return known;
      const loader = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
      if (!loader) return undefined;
      const provider = loader();
      loaded.set(name, provider);
      return provider;
    },
  };
}
