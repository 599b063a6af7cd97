/**
 * The data catalogue of the interface. Base path `/ui/data`; everything comes from the projects' `metadata/` and from the system tables of
 * the warehouse that connection `df` names.
 *
 * | call | answer |
 * | --- | --- |
 * | `GET /ui/data` | `uiDataOverview`: entities, sources and flows of all projects, with the last load of each entity |
 * | `GET /ui/data/entities/:project/:ref` | `uiDataEntity`: columns, rules with history, loads, lineage |
 * | `GET /ui/data/sources/:project/:name` | `uiDataSource` |
 * | `GET /ui/data/rejects?flow&load_id&column&state&after&limit` | `uiDataRejects` |
 * | `GET /ui/data/drift?state` | `uiDataDrift` |
 */
import { z } from "zod";

const instant = z.string();
const maybeText = z.string().nullable();

/** Title and description in other languages, by ISO 639 code: `ru`, `en`. */
export const uiDataTranslations = z.record(z.string(), z.object({ title: maybeText, description: maybeText }));
export type UiDataTranslations = z.infer<typeof uiDataTranslations>;

export const uiDataLoad = z.object({
  load_id: z.string(),
  flow: z.string(),
  status: z.enum(["loaded", "failed", "superseded"]),
  mode: z.string(),
  file: z.string(),
  bytes: z.number(),
  read: z.number(),
  loaded: z.number(),
  rejected: z.number(),
  inserted: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  deleted: z.number(),
  /** Rows of the table afterwards. */
  target: z.number(),
  error: maybeText,
  finished_at: instant,
  duration_ms: z.number().nullable(),
});
export type UiDataLoad = z.infer<typeof uiDataLoad>;

const ruleStatus = z.enum(["passed", "warned", "failed"]);

export const uiDataEntitySummary = z.object({
  project: z.string(),
  ref: z.string(),
  title: maybeText,
  description: maybeText,
  translations: uiDataTranslations,
  owner: maybeText,
  tags: z.array(z.string()),
  schema: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  rules: z.number().int(),
  flows: z.array(z.string()),
  last_load: uiDataLoad.nullable(),
  /** The worst result of the last load's rules; null when none was measured. */
  quality: ruleStatus.nullable(),
});
export type UiDataEntitySummary = z.infer<typeof uiDataEntitySummary>;

export const uiDataSourceSummary = z.object({
  project: z.string(),
  name: z.string(),
  title: maybeText,
  description: maybeText,
  translations: uiDataTranslations,
  path: z.string(),
  format: z.string(),
  fields: z.array(z.string()),
  flows: z.array(z.string()),
});
export type UiDataSourceSummary = z.infer<typeof uiDataSourceSummary>;

export const uiDataFlow = z.object({
  project: z.string(),
  name: z.string(),
  title: maybeText,
  description: maybeText,
  translations: uiDataTranslations,
  source: z.string(),
  target: z.string(),
  mode: z.string(),
  strategy: z.string(),
  keys: z.array(z.string()),
  schedule: maybeText,
});
export type UiDataFlow = z.infer<typeof uiDataFlow>;

export const uiDataOverview = z.object({
  /** All projects, those without metadata too. */
  projects: z.array(z.string()),
  /** Why nothing is known of loads; null where the warehouse answers. */
  warehouse_problem: maybeText,
  entities: z.array(uiDataEntitySummary),
  sources: z.array(uiDataSourceSummary),
  flows: z.array(uiDataFlow),
  /** What is wrong in metadata files. */
  problems: z.array(z.object({ project: z.string(), text: z.string() })),
});
export type UiDataOverview = z.infer<typeof uiDataOverview>;

export const uiDataProfile = z.object({
  rows: z.number(),
  nulls: z.number(),
  distinct: z.number(),
  min: maybeText,
  max: maybeText,
  average: z.number().nullable(),
  histogram: z.array(z.object({ from: z.number(), to: z.number(), count: z.number() })),
  topValues: z.array(z.object({ value: z.string(), count: z.number() })),
  sampledRows: z.number().nullable(),
});
export type UiDataProfile = z.infer<typeof uiDataProfile>;

export const uiDataEntity = uiDataEntitySummary.omit({ columns: true, rules: true }).extend({
  version: z.string(),
  file: z.string(),
  warehouse_problem: maybeText,
  columns: z.array(
    z.object({
      name: z.string(),
      column: z.string(),
      type: z.string(),
      is_key: z.boolean(),
      is_required: z.boolean(),
      is_unique: z.boolean(),
      description: maybeText,
      translations: uiDataTranslations,
      /** Where its values come from: column lineage. */
      sources: z.array(z.object({ flow: z.string(), source: z.string(), field: z.string() })),
      profile: uiDataProfile.nullable(),
    }),
  ),
  rules: z.array(
    z.object({
      name: z.string(),
      metric: z.string(),
      column: maybeText,
      severity: z.enum(["error", "warning"]),
      description: maybeText,
      translations: uiDataTranslations,
      /** Newest first; empty when it was never measured. */
      results: z.array(
        z.object({
          at: instant,
          load_id: z.string(),
          status: ruleStatus,
          expected: z.string(),
          actual: z.number(),
          unit: z.string(),
        }),
      ),
    }),
  ),
  flow_details: z.array(uiDataFlow),
  /** Newest first. */
  loads: z.array(uiDataLoad),
});
export type UiDataEntity = z.infer<typeof uiDataEntity>;

export const uiDataSource = uiDataSourceSummary.omit({ fields: true }).extend({
  file: z.string(),
  encoding: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      format: maybeText,
      /** Where its values go: column lineage. */
      targets: z.array(z.object({ flow: z.string(), entity: z.string(), column: z.string() })),
    }),
  ),
});
export type UiDataSource = z.infer<typeof uiDataSource>;

export const uiDataReject = z.object({
  reject_id: z.number().int(),
  load_id: z.string(),
  flow: z.string(),
  file: z.string(),
  row: z.number().int(),
  column: z.string(),
  value: maybeText,
  reason: z.string(),
  /** Code and values of the reason; null where a function of the project has given it in its own words. */
  reason_code: maybeText,
  reason_values: z.record(z.string(), z.string()),
  state: z.enum(["open", "fixed", "replayed", "dismissed"]),
  at: instant,
  /** The record as the file has it, or as somebody has corrected it; null where it could not be taken apart. */
  record: z.record(z.string(), maybeText).nullable(),
});
export const uiDataRejects = z.object({
  rejects: z.array(uiDataReject),
  /** By column and reason, the most frequent first. */
  summary: z.array(z.object({ flow: z.string(), column: z.string(), reason: z.string(), count: z.number().int(), example: maybeText })),
  /** What to pass as `after` for the next page. */
  next: z.number().int().nullable(),
});
export type UiDataRejects = z.infer<typeof uiDataRejects>;

export const uiDataDrift = z.object({
  drift: z.array(
    z.object({
      drift_id: z.number().int(),
      flow: z.string(),
      target: z.string(),
      source: z.string(),
      kind: z.string(),
      column: z.string(),
      before: maybeText,
      after: maybeText,
      action: z.string(),
      state: z.enum(["open", "accepted", "dismissed"]),
      times: z.number().int(),
      last_found_at: instant,
    }),
  ),
});
export type UiDataDrift = z.infer<typeof uiDataDrift>;
