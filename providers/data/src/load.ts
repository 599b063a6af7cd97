import { randomUUID } from "node:crypto";
import { isFileAddress, PolyflowError } from "@polyflow/contracts";
import { loadDropFolder } from "@polyflow/loader";
import type { LoadInterval, LoadResult } from "@polyflow/loader";
import { readFlow } from "@polyflow/metadata-model";
import type { EntityDefinition } from "@polyflow/metadata-model";
import { checkOptions, operator } from "@polyflow/sdk";
import type { TaskContext, TaskHandle, TaskOptions } from "@polyflow/sdk";
import { loadRemoteFiles } from "./load-files.ts";
import { systemSchema } from "./system-schema.ts";
import { targetOf } from "./load-target.ts";

/** Options of `load`. */
export interface LoadOptions extends TaskOptions {
  /** Name of the flow: `metadata/flows/*.flow.yaml` of the project says what goes where. */
  readonly flow: string;
  /** Load even if the file has not changed since it was loaded. Default false. */
  readonly force?: boolean;
  /**
   * Loads a slice: only records whose `slice_by` column (see the flow) lies from `from` up to, but without, `to`. `"data_interval"` takes the
   * interval of the run, so that a backfill of the DAG loads slice by slice.
   */
  readonly interval?: LoadInterval | "data_interval";
}

/** Output of a `load` task: what became of the records. */
export interface LoadSummary {
  readonly loadId: string;
  /** `repeated`: the file had been loaded already, and nothing was done. */
  readonly status: "loaded" | "repeated";
  /** `schema.table` */
  readonly table: string;
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows in the table afterwards. */
  readonly rows: number;
  /** Names of the rules that warned. */
  readonly warnings: readonly string[];
}

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Adds a task that loads what the source of a flow gives into its entity (a file of the project or of a server, a drop folder, rows of a
 * database, records of an API, messages of a queue): typed, checked, merged, with bad records set aside.
 * The interface shows its counts, rejects and rule results. The task fails when a rule of severity `error` does, when too many records
 * are rejected, or when the file cannot be read; the table is then as it was.
 *
 * @example
 * const airports = load({ id: "load_airports", flow: "airports", retries: 1 });
 * report({ rows: airports.get("rows") });
 */
export function load({ flow: flowName, force = false, interval, ...options }: LoadOptions): TaskHandle<LoadSummary> {
  checkOptions(options, {
    flow: [flowName, "text"],
    force: [force, "flag"],
    interval: [interval, typeof interval === "string" ? ["data_interval"] : "object", "optional"],
  });
  return operator({
    name: "load",
    options,
    details: { flow: flowName, ...(force ? { force } : {}), ...(interval === undefined ? {} : { interval: intervalText(interval) }) },
    execute: (_input, context) => runFlow(context, { flow: flowName, force, ...(interval === undefined ? {} : { interval }) }),
  });
}

/**
 * Loads by a flow within a task of your own, as `load` does in one of its own.
 * @throws what the load failed of
 * @example
 * task("refresh", async (_input: {}, ctx) => (await runFlow(ctx, { flow: "rates" })).rows);
 */
export async function runFlow(
  context: TaskContext,
  { flow: flowName, force = false, interval }: Pick<LoadOptions, "flow" | "force" | "interval">,
): Promise<LoadSummary> {
  const resolved = await readFlow(context.projectDir, flowName);
  const connection = await context.connection(resolved.flow.connection);
  const { projectDir, log, signal } = context;
  const sliced = interval === undefined ? {} : { interval: intervalOf(interval, context) };
  const subject = { ...resolved, ...sliced, projectDir, log, clock, signal, force, systemSchema: systemSchema(connection) };
  const run = targetOf(context, connection);
  const { external, path } = resolved.source;
  const request = { ...subject, target: { connection: connection.connectionId } };
  if (external !== undefined) return finish(context, await run.external({ ...request, loadId: randomUUID() }, external));
  const isRemote = isFileAddress(path);
  if (!isRemote && resolved.source.dropFolder === undefined) return finish(context, await run.file({ ...request, loadId: randomUUID() }));
  const summaries: LoadSummary[] = [];
  const loadFile = async (file: { readonly path: string }): Promise<void> => {
    summaries.push(await finish(context, await run.file({ ...request, ...file, loadId: randomUUID() })));
  };
  if (isRemote) await loadRemoteFiles(context, resolved.source, loadFile);
  else await loadDropFolder({ ...request, now: clock.now, load: (file) => loadFile({ path: file }) });
  return together(summaries, resolved.entity);
}

function intervalText(interval: LoadInterval | "data_interval"): string {
  return interval === "data_interval" ? interval : `${interval.from}/${interval.to}`;
}

function intervalOf(interval: LoadInterval | "data_interval", context: TaskContext): LoadInterval {
  if (interval !== "data_interval") return interval;
  const { dataIntervalStart: from, dataIntervalEnd: to } = context;
  if (from !== undefined && to !== undefined) return { from: from.toISOString(), to: to.toISOString() };
  throw new PolyflowError(
    "params_invalid",
    "The task loads the data interval of its run, and this run has none. Start the DAG with a logical date, or by its schedule.",
  );
}

/** Reports what a load did, and says it in short. @throws what the load failed of */
async function finish(context: TaskContext, { report, failure }: LoadResult): Promise<LoadSummary> {
  await context.reportLoad(report);
  if (failure !== undefined || report.status === "failed") throw failure ?? new Error(report.error);
  const { rows, target } = report;
  const isRepeated = report.status === "repeated";
  return {
    loadId: report.loadId,
    status: report.status,
    table: `${target.schema}.${target.table}`,
    read: rows.read,
    loaded: rows.loaded,
    rejected: rows.rejected,
    // the report of a repetition is that of the load which it repeats; it has written nothing itself
    inserted: isRepeated ? 0 : rows.inserted,
    updated: isRepeated ? 0 : rows.updated,
    unchanged: isRepeated ? rows.loaded : rows.unchanged,
    rows: rows.target,
    warnings: report.rules.filter((rule) => rule.status === "warned").map((rule) => rule.name),
  };
}

/** One summary for the files of a drop folder; without files there was nothing to do. */
function together(summaries: readonly LoadSummary[], entity: EntityDefinition): LoadSummary {
  const last = summaries.at(-1);
  const sum = (count: (summary: LoadSummary) => number): number => summaries.reduce((total, summary) => total + count(summary), 0);
  return {
    loadId: last?.loadId ?? "",
    status: summaries.some(({ status }) => status === "loaded") ? "loaded" : "repeated",
    table: `${entity.schema}.${entity.table}`,
    read: sum(({ read }) => read),
    loaded: sum(({ loaded }) => loaded),
    rejected: sum(({ rejected }) => rejected),
    inserted: sum(({ inserted }) => inserted),
    updated: sum(({ updated }) => updated),
    unchanged: sum(({ unchanged }) => unchanged),
    rows: last?.rows ?? 0,
    warnings: [...new Set(summaries.flatMap(({ warnings }) => warnings))],
  };
}
