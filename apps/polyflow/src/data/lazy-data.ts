import type { DataCatalogue, DataDecisions, LayoutDesigner } from "@polyflow/server";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { SecretLookup } from "@polyflow/store";
import type { Project } from "../standalone/projects.ts";
import type { LayoutLimits } from "./layout/layout-process.ts";

export interface LazyDataParts {
  readonly projects: readonly Project[];
  /** Knows the connections. */
  readonly secrets: SecretLookup;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly uploadDir: string;
  /** Folder for what children have to unpack. */
  readonly scratchFolder: string;
  /** Folders with the code of the children. */
  readonly codeFolders: readonly string[];
  readonly layoutLimits: LayoutLimits;
}

export interface LazyData {
  readonly data: DataCatalogue;
  readonly dataDecisions: DataDecisions;
  readonly layouts: LayoutDesigner;
  /** Ends the children. */
  stop(): Promise<void>;
}

/** Everything about data, whose modules (YAML, JSON Schema, loader) are loaded by the first question: a start does not wait for them. */
export function lazyData(parts: LazyDataParts): LazyData {
  let opened: ReturnType<typeof load> | undefined;
  const open = (): ReturnType<typeof load> => (opened ??= load(parts));
  return {
    data: {
      overview: async () => (await open()).data.overview(),
      entity: async (project, ref) => (await open()).data.entity(project, ref),
      source: async (project, name) => (await open()).data.source(project, name),
      lineage: async () => (await open()).data.lineage(),
      rejects: async (filter) => (await open()).data.rejects(filter),
      drift: async (state) => (await open()).data.drift(state),
    },
    dataDecisions: {
      acceptDrift: async (driftId, options) => (await open()).dataDecisions.acceptDrift(driftId, options),
      dismissDrift: async (driftId) => (await open()).dataDecisions.dismissDrift(driftId),
      fixReject: async (rejectId, values) => (await open()).dataDecisions.fixReject(rejectId, values),
      fixRejects: async (exported) => (await open()).dataDecisions.fixRejects(exported),
      dismissRejects: async (which) => (await open()).dataDecisions.dismissRejects(which),
      replayRejects: async (order) => (await open()).dataDecisions.replayRejects(order),
      exportRejects: async (filter, form) => (await open()).dataDecisions.exportRejects(filter, form),
    },
    layouts: {
      projectNames: () => parts.projects.map(({ name }) => name),
      files: async (project) => (await open()).layouts.files(project),
      open: async (address, signal) => (await open()).layouts.open(address, signal),
      look: async (project, order, signal) => (await open()).layouts.look(project, order, signal),
      save: async (project, order) => (await open()).layouts.save(project, order),
    },
    async stop() {
      (await opened)?.processes.stop();
    },
  };
}

async function load(parts: LazyDataParts) {
  const { projects, secrets, clock, logger, uploadDir, scratchFolder, codeFolders, layoutLimits } = parts;
  const [catalogue, decisions, designer, layoutProcess, metadata, warehouses, files] = await Promise.all([
    import("./data-catalogue.ts"),
    import("./data-decisions.ts"),
    import("./layout/layout-designer.ts"),
    import("./layout/layout-process.ts"),
    import("./project-metadata.ts"),
    import("./warehouse.ts"),
    import("node:fs/promises"),
  ]);
  const descriptions = new metadata.ProjectDescriptions(projects, clock);
  const warehouse = new warehouses.Warehouse(secrets);
  await files.mkdir(scratchFolder, { recursive: true, mode: 0o700 });
  // a folder that is not there when a child starts stays closed to it
  await files.mkdir(uploadDir, { recursive: true, mode: 0o750 });
  const folders = [...projects.map(({ dir }) => dir), uploadDir];
  const real = await Promise.all(folders.map((folder) => files.realpath(folder).catch(() => folder)));
  const processes = new layoutProcess.LayoutProcesses({
    clock,
    logger,
    readableFolders: [...new Set([...codeFolders, ...folders, ...real])],
    scratchFolder,
    limits: layoutLimits,
  });
  return {
    data: catalogue.createDataCatalogue({ projects: descriptions, warehouse }),
    dataDecisions: decisions.createDataDecisions({ projects: descriptions, warehouse }),
    layouts: designer.createLayoutDesigner({
      projectNames: projects.map(({ name }) => name),
      projects: descriptions,
      processes,
      secrets,
      uploadDir,
    }),
    processes,
  };
}
