import type { DataCatalogue } from "@polyflow/server";
import type { Clock } from "@polyflow/service-kit";
import type { SecretLookup } from "@polyflow/store";
import type { Project } from "../standalone/projects.ts";

export interface LazyCatalogueParts {
  readonly projects: readonly Project[];
  /** Knows the connection of the warehouse. */
  readonly secrets: SecretLookup;
  readonly clock: Clock;
}

/** The data catalogue, whose modules (YAML, JSON Schema, loader) are loaded by the first question: a start does not wait for them. */
export function lazyDataCatalogue(parts: LazyCatalogueParts): DataCatalogue {
  let opened: Promise<DataCatalogue> | undefined;
  const open = (): Promise<DataCatalogue> => (opened ??= load(parts));
  return {
    overview: async () => (await open()).overview(),
    entity: async (project, ref) => (await open()).entity(project, ref),
    source: async (project, name) => (await open()).source(project, name),
    rejects: async (filter) => (await open()).rejects(filter),
    drift: async (state) => (await open()).drift(state),
  };
}

async function load({ projects, secrets, clock }: LazyCatalogueParts): Promise<DataCatalogue> {
  const [{ createDataCatalogue }, { ProjectDescriptions }, { Warehouse }] = await Promise.all([
    import("./data-catalogue.ts"),
    import("./project-metadata.ts"),
    import("./warehouse.ts"),
  ]);
  return createDataCatalogue({ projects: new ProjectDescriptions(projects, clock), warehouse: new Warehouse(secrets) });
}
