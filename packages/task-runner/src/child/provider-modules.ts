import { PolyflowError } from "@polyflow/contracts";
import type { Provider, ProviderSource } from "@polyflow/sdk/runtime";
import type { ProviderModule } from "../protocol/messages.ts";

/** The providers that the supervisor named; each is imported when a task first uses a connection of its types. */
export function providerModules(modules: readonly ProviderModule[]): ProviderSource {
  return {
    types: modules.flatMap(({ types }) => types),
    find: async (type) => {
      const known = modules.find(({ types }) => types.includes(type));
      return known === undefined ? undefined : importProvider(known.module);
    },
  };
}

async function importProvider(module: string): Promise<Provider> {
  const loaded: unknown = await import(module);
  if (typeof loaded === "object" && loaded !== null && "provider" in loaded) return loaded.provider as Provider;
  throw new PolyflowError(
    "internal",
    `The provider module "${module}" exports no \`provider\`. Install a version that fits this Polyflow.`,
  );
}
