import { cleanSystemSchema, type CleaningCounts, upgradeSystemSchema, withClient } from "@polyflow/loader";
import { isPolyflowError } from "@polyflow/contracts";
import { operator, SkipTask } from "@polyflow/sdk";
import type { TaskHandle, TaskOptions } from "@polyflow/sdk";
import { openPolyflowApi } from "./polyflow-api.ts";
import { systemSchema } from "./system-schema.ts";
import { warehouseClient } from "./warehouse-client.ts";

interface CleanupOptions extends TaskOptions {
  /** What is older goes; templates are rendered: `"{{ params.days }}"`. */
  readonly olderThanDays: number | string;
  /** Only says what would go; templates are rendered. Default `false`. */
  readonly dryRun?: boolean | string;
}

/** Options of `cleanupLoads`. */
export interface CleanupLoadsOptions extends CleanupOptions {
  /** Connection of the warehouse. Default `df`. */
  readonly connection?: string;
}

/** Options of `cleanupRuns`. */
export interface CleanupRunsOptions extends CleanupOptions {
  /** HTTP connection to Polyflow itself, with a user who may delete runs. */
  readonly connection: string;
  /** Without the connection the task is skipped instead of failing. Default false. */
  readonly optional?: boolean;
  /** So many of the newest runs of each DAG stay, however old. Default 10. */
  readonly keep?: number;
}

/** Output of a `cleanupRuns` task. */
export interface CleanedRuns {
  readonly dryRun: boolean;
  readonly deleted: number;
}

const DEFAULT_KEEP = 10;
const DAY_MS = 86_400_000;

/**
 * Adds a task that deletes what is old and done with in the system tables of the warehouse: loads that nothing depends on, results and
 * samples of rules, profiles, rejects and differences that have been dealt with. Loaded data is not touched, and repeats stay no-ops.
 * @example cleanupLoads({ id: "old_loads", olderThanDays: 90, dryRun: "{{ params.dry_run }}" });
 */
export function cleanupLoads(given: CleanupLoadsOptions): TaskHandle<{ readonly dryRun: boolean; readonly rows: CleaningCounts }> {
  const { olderThanDays, dryRun = false, connection = "df", ...options } = given;
  return operator({
    name: "cleanupLoads",
    options,
    details: { connection },
    fields: { olderThanDays: String(olderThanDays), dryRun: String(dryRun) },
    execute: async (_input, context, fields) => {
      const days = daysOf(fields.olderThanDays);
      const isDry = isTrue(fields.dryRun);
      const warehouse = await context.connection(connection);
      const client = warehouseClient(warehouse);
      const schema = systemSchema(warehouse);
      await upgradeSystemSchema(client, schema);
      const rows = await withClient(client, (session) =>
        cleanSystemSchema({ client: session, systemSchema: schema, olderThanDays: days, dryRun: isDry }),
      );
      for (const [table, count] of Object.entries(rows)) context.log.info(`${table}: ${count} rows ${isDry ? "would go" : "deleted"}.`);
      return { dryRun: isDry, rows };
    },
  });
}

/**
 * Adds a task that deletes ended runs older than so many days, with their task instances, XComs and logs; the newest of each DAG stay.
 * @example cleanupRuns({ id: "old_runs", connection: "polyflow", olderThanDays: 90 });
 */
export function cleanupRuns(given: CleanupRunsOptions): TaskHandle<CleanedRuns> {
  const { olderThanDays, dryRun = false, connection, optional = false, keep = DEFAULT_KEEP, ...options } = given;
  return operator({
    name: "cleanupRuns",
    options,
    details: { connection, keep },
    fields: { olderThanDays: String(olderThanDays), dryRun: String(dryRun) },
    execute: async (_input, context, fields): Promise<CleanedRuns> => {
      const before = context.now().getTime() - daysOf(fields.olderThanDays) * DAY_MS;
      const isDry = isTrue(fields.dryRun);
      const found = await context.connection(connection).catch((error: unknown) => {
        if (!optional || !isPolyflowError(error, "connection_not_found")) throw error;
        throw new SkipTask(
          `There is no connection "${connection}" to Polyflow itself. polyflow connections add ${connection} --uri "http://user:password@localhost:8080/http" makes it.`,
        );
      });
      const api = await openPolyflowApi(found, context.signal);
      const kept = new Map<string, number>();
      let deleted = 0;
      // newest first, so that those to keep are met first; collected before the first deletion moves the pages
      for (const run of await api.listRuns(["success", "failed"])) {
        const count = (kept.get(run.dag_id) ?? 0) + 1;
        kept.set(run.dag_id, count);
        if (count <= keep || run.end_date === null || Date.parse(run.end_date) >= before) continue;
        context.signal.throwIfAborted();
        context.log.info(`${isDry ? "Would delete" : "Deleting"} ${run.dag_id} ${run.dag_run_id}, ended ${run.end_date}.`);
        if (!isDry) await api.deleteRun(run);
        deleted++;
      }
      return { dryRun: isDry, deleted };
    },
  });
}

function daysOf(text: string): number {
  const days = Number(text);
  if (text.trim() !== "" && Number.isFinite(days) && days >= 0) return days;
  throw new RangeError(`"${text}" is no number of days.`);
}

function isTrue(text: string): boolean {
  return text.toLowerCase() === "true";
}
