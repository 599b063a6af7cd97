import type { DataCatalogue } from "@polyflow/server";
import type { Clock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import type { Project } from "../standalone/projects.ts";

export interface LazyCatalogueParts {
  readonly projects: readonly Project[];
  readonly store: Store;
  readonly clock: Clock;
  /** Schema of the system tables (`AF_DF_SCHEMA`). */
  readonly systemSchema: string;
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

async function load({ projects, store, clock, systemSchema }: LazyCatalogueParts): Promise<DataCatalogue> {
  const [{ createDataCatalogue }, { ProjectDescriptions }, { Warehouse }] = await Promise.all([
    import("./data-catalogue.ts"),
    import("./project-metadata.ts"),
    import("./warehouse.ts"),
  ]);
  return createDataCatalogue({ projects: new ProjectDescriptions(projects, clock), warehouse: new Warehouse(store, systemSchema) });
}
