/**
 * Where data comes from and where it goes, over everything that is described. `GET /ui/data/lineage` answers `uiDataLineage`: sources,
 * tables and models from the projects' `metadata/`, joined with the tasks that load and build them and with the assets of DAGs.
 */
import { z } from "zod";
import { uiDataTranslations } from "./ui-data.ts";

const maybeText = z.string().nullable();

export const LINEAGE_KINDS = ["source", "entity", "model", "table", "asset", "process"] as const;
export type LineageKind = (typeof LINEAGE_KINDS)[number];

export const uiLineageNode = z.object({
  id: z.string(),
  /** `table`: one that a model reads and nobody describes; `process`: a task, or a whole DAG. */
  kind: z.enum(LINEAGE_KINDS),
  project: maybeText,
  /** Source name, entity ref, model name, `schema.table`, asset name or DAG id. */
  name: z.string(),
  title: maybeText,
  description: maybeText,
  translations: uiDataTranslations,
  /** Place of a source, `schema.table` of a table, task of a process. */
  detail: maybeText,
  owner: maybeText,
  columns: z.array(z.string()),
  /** Of an asset, for its page. */
  asset_id: z.number().int().nullable(),
});
export type UiLineageNode = z.infer<typeof uiLineageNode>;

export const uiLineageEdge = z.object({
  from: z.string(),
  to: z.string(),
  /** Name of the flow that carries the rows. */
  flow: maybeText,
  /** Ids of the processes that do it; empty where none is known. */
  by: z.array(z.string()),
  /** Which column is made from which. */
  columns: z.array(z.object({ from: z.string(), to: z.string() })),
});
export type UiLineageEdge = z.infer<typeof uiLineageEdge>;

export const uiDataLineage = z.object({
  nodes: z.array(uiLineageNode),
  edges: z.array(uiLineageEdge),
  /** Why something is missing, by project. */
  problems: z.array(z.object({ project: z.string(), text: z.string() })),
});
export type UiDataLineage = z.infer<typeof uiDataLineage>;
