import { isFileAddress } from "@polyflow/contracts";
import type { Client } from "pg";
import type { Drift } from "../contract/drift.ts";
import type { LoadRequest, LoadResult } from "../load-request.ts";
import { runLoad } from "../run-load.ts";
import { withClient } from "../system/with-client.ts";
import { identifier, literal } from "../sql-text.ts";
import { writeStrategyOf } from "../target/target-writer.ts";
import type { WriteStrategy } from "../target/strategy/write-shape.ts";
import { tableName } from "../target/target-table.ts";
import { diffEntity } from "./diff-entity.ts";
import type { EntityDiff } from "./diff-entity.ts";

/** What a load would do. */
export interface LoadPlan {
  readonly flow: string;
  /** Qualified and quoted. */
  readonly target: string;
  readonly strategy: WriteStrategy;
  readonly keys: readonly string[];
  /** How the table would change, or has to be changed first. */
  readonly table: EntityDiff;
  /** The latest load of the flow; undefined before the first. */
  readonly lastLoad: { readonly loadId: string; readonly finishedAt: string; readonly rows: number } | undefined;
  /** Where the cursor stands; undefined without one. */
  readonly cursor: string | undefined;
  /** The load itself, done in a transaction that was taken back; undefined when the records are not in a file on this machine. */
  readonly rehearsal: LoadResult | undefined;
  /** Differences from the contract that the rehearsal has met. */
  readonly drift: readonly Drift[];
}

/**
 * Finds out what a load would do, by doing it in a transaction that is then taken back: counts, rejects and rule results are those of
 * the load. Takes as long as the load. Readers of the target notice nothing; other loads of it wait.
 * @example const { rehearsal } = await planLoad(request); // rehearsal.report.rows.updated
 */
export async function planLoad(request: LoadRequest): Promise<LoadPlan> {
  const { flow, entity, systemSchema = "df" } = request;
  const before = await withClient(request.target.client, async (client) => ({
    table: await diffEntity(client, entity, flow),
    ...(await history(client, { systemSchema, flow: flow.name, target: tableName(entity) })),
  }));
  const isHere = request.path !== undefined || (request.source.external === undefined && !isFileAddress(request.source.path));
  const rehearsal = isHere ? await runLoad({ ...request, dryRun: true }) : undefined;
  return {
    flow: flow.name,
    target: tableName(entity),
    strategy: writeStrategyOf(flow, before.cursor !== undefined),
    keys: flow.keys,
    ...before,
    rehearsal,
    drift: rehearsal?.drift ?? [],
  };
}

async function history(
  client: Client,
  of: { readonly systemSchema: string; readonly flow: string; readonly target: string },
): Promise<Pick<LoadPlan, "lastLoad" | "cursor">> {
  const schema = identifier(of.systemSchema);
  const there = await client.query<{ there: boolean }>(`select to_regclass(${literal(`${schema}.load_cursor`)}) is not null as there`);
  if (there.rows[0]?.there !== true) return { lastLoad: undefined, cursor: undefined };
  const loads = await client.query<{ load_id: string; finished: string; rows: string }>(
    `select load_id, report->>'finishedAt' as finished, rows_target as rows from ${schema}.load_ledger
      where flow = $1 and target = $2 and status = 'loaded' order by finished_at desc limit 1`,
    [of.flow, of.target],
  );
  const cursors = await client.query<{ value: string }>(`select value from ${schema}.load_cursor where flow = $1 and target = $2`, [
    of.flow,
    of.target,
  ]);
  const [last] = loads.rows;
  return {
    lastLoad: last === undefined ? undefined : { loadId: last.load_id, finishedAt: last.finished, rows: Number(last.rows) },
    cursor: cursors.rows[0]?.value,
  };
}
