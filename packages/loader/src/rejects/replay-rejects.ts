import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { FlowDefinition, SourceDefinition } from "@polyflow/metadata-model";
import { Client } from "pg";
import type { LoadRequest, LoadResult } from "../load-request.ts";
import { runLoad } from "../run-load.ts";
import { identifier } from "../sql-text.ts";
import { migrateSystemSchema } from "../target/system-schema.ts";

export interface ReplayRequest extends Omit<LoadRequest, "path" | "interval" | "slice" | "dryRun" | "beforeCommit"> {
  /** Load whose rejects are to be loaded. */
  readonly rejectedBy: string;
  /** `fixed`: those that somebody has corrected; `all`: the others too, for example after the description has been corrected. @default "fixed" */
  readonly which?: "fixed" | "all";
}

interface Rejected {
  readonly row_number: string;
  readonly record: { readonly [field: string]: string | null };
}

/**
 * Loads records that were rejected, as they have been corrected, by the same flow: cast, checked and merged as ever. What is rejected
 * again stays a reject, of the new load; the state of the old ones changes in the transaction of the data.
 * A flow that replaces its target adds them instead, and nothing is taken for missing.
 * @throws PolyflowError `request_invalid` when nothing waits to be replayed
 */
export async function replayRejects(request: ReplayRequest): Promise<LoadResult> {
  const { rejectedBy, which = "fixed", systemSchema = "df" } = request;
  const schema = identifier(systemSchema);
  const states = which === "fixed" ? ["fixed"] : ["open", "fixed"];
  const records = await readRejected(request, states);
  if (records.length === 0) {
    throw new PolyflowError(
      "request_invalid",
      `Load ${rejectedBy} has no ${which === "fixed" ? "corrected " : ""}rejects that could be loaded. Correct them first, or replay all.`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "polyflow-replay-"));
  try {
    const path = join(folder, `rejects of ${rejectedBy}.csv`);
    const names = request.source.fields.map((field) => field.name);
    await writeFile(path, csvOf(names, records));
    return await runLoad({
      ...request,
      path,
      source: replaySource(request.source, names),
      flow: replayFlow(request.flow),
      slice: `replay of ${rejectedBy}`,
      beforeCommit: async (client) => {
        await client.query(
          `update ${schema}.reject set state = 'replayed', replay_load_id = $2
            where load_id = $1 and row_number = any ($3::bigint[]) and state = any ($4::text[])`,
          [rejectedBy, request.loadId, records.map((record) => record.row_number), states],
        );
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readRejected(request: ReplayRequest, states: readonly string[]): Promise<readonly Rejected[]> {
  const { client: config } = request.target;
  const client = new Client({
    ...(typeof config === "string" ? { connectionString: config } : config),
    application_name: "polyflow replay",
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const systemSchema = request.systemSchema ?? "df";
    await migrateSystemSchema(client, systemSchema);
    const answer = await client.query<Rejected>(
      `select distinct on (row_number) row_number, coalesce(fixed_record, record) as record from ${identifier(systemSchema)}.reject
        where load_id = $1 and action = 'rejected' and state = any ($2::text[]) and jsonb_typeof(coalesce(fixed_record, record)) = 'object'
        order by row_number, reject_id`,
      [request.rejectedBy, states],
    );
    return answer.rows;
  } finally {
    await client.end();
  }
}

function csvOf(names: readonly string[], records: readonly Rejected[]): string {
  const line = (cells: readonly (string | null)[]): string =>
    cells.map((cell) => (cell === null ? "" : `"${cell.replaceAll('"', '""')}"`)).join(",");
  return `${[names, ...records.map(({ record }) => names.map((name) => record[name] ?? null))].map(line).join("\n")}\n`;
}

/** The same fields, in a plain file. */
function replaySource(
  { compression: _compression, dropFolder: _dropFolder, transform: _transform, ...source }: SourceDefinition,
  names: readonly string[],
): SourceDefinition {
  const { sheet, headerJoin } = source.dialect;
  return {
    ...source,
    format: "csv",
    encoding: "utf-8",
    fields: source.fields.filter((field) => names.includes(field.name)),
    fieldsMatch: "exact",
    dialect: { header: true, delimiter: ",", quoteChar: '"', skipInitialSpace: false, sheet, headerJoin },
  };
}

/** The records come on top of what is there: nothing is replaced by them, and old ones among them are wanted. */
function replayFlow({ cursor: _cursor, missingRows: _missingRows, ...flow }: FlowDefinition): FlowDefinition {
  const adds = flow.mode === "replace" || flow.mode === "partition";
  return { ...flow, ...(adds ? { mode: "append", partitionBy: [] } : {}), contract: { ...flow.contract, columns: "discard_value" } };
}
