import { createHash } from "node:crypto";
import type { LoadReport } from "@polyflow/contracts";
import type { ModelDefinition } from "@polyflow/metadata-model";
import type { BuiltModel } from "./build-models.ts";
import type { LineageColumn } from "./select-columns.ts";

export interface ModelReportParts {
  readonly model: ModelDefinition;
  readonly built: BuiltModel;
  /** Of the model, as `modelLineage` gives it. */
  readonly lineage: readonly LineageColumn[];
  /** Of the warehouse. */
  readonly connection: string;
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** What became of a model in the form of a load: its query is the source. Only a table made anew says how many rows were written. */
export function modelReport({ model, built, lineage, connection, runId, startedAt, finishedAt }: ModelReportParts): LoadReport {
  const written = model.materialized === "table" ? built.rows : 0;
  const origins = new Map(lineage.map(({ column, from }) => [column, from]));
  const descriptions = new Map(model.columns.map(({ name, description }) => [name, description]));
  return {
    flow: model.name,
    loadId: runId,
    status: built.status === "built" ? "loaded" : "failed",
    source: {
      name: model.name,
      file: model.file,
      sha256: createHash("sha256").update(model.sql).digest("hex"),
      bytes: Buffer.byteLength(model.sql),
    },
    target: { connection, schema: model.schema, table: model.table },
    rows: { ...NO_ROWS, read: written, loaded: written, inserted: written, target: built.rows },
    lineage: {
      fields: [],
      columns: built.columns.map(({ name, type }) => ({
        name,
        type,
        description: descriptions.get(name) ?? null,
        from: (origins.get(name) ?? []).map(({ table, column }) => ({ table, field: column })),
      })),
    },
    rejects: [],
    rules: built.rules,
    durationsMs: {},
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    ...(built.error === undefined ? {} : { error: built.error }),
  };
}

const NO_ROWS = { rejected: 0, filtered: 0, updated: 0, unchanged: 0, deleted: 0 } as const;
