import { type AttemptId, type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { TaskInstanceRef, XComPull, XComStore } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/** Parameters: attempt, key, value, length, key in the store, now. Result: one row while the attempt runs. Locks: xcom. */
const PUSH = statement(
  "push_xcom",
  `insert into polyflow.xcom (task_instance_id, key, value, item_count, stored, at)
   select task_instance_id, $2, $3::json, $4::integer, $5, $6::timestamptz
   from polyflow.task_instance where attempt_id = $1 and state = 'running'
   on conflict (task_instance_id, key) do update
     set value = excluded.value, item_count = excluded.item_count, stored = excluded.stored, at = excluded.at
   returning task_instance_id`,
);

/** Parameters: attempt, of a task or a callback. Result: where it runs; no row when it does not. */
const PULLING_ATTEMPT = statement(
  "pulling_attempt",
  `select run.dag_id as "dagId", run.run_id as "runId", run.logical_date as "logicalDate", version.bundle_name as "bundleName"
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id) join polyflow.dag_version version using (dag_version_id)
   where ti.attempt_id = $1 and ti.state = 'running'
   union all
   select run.dag_id, run.run_id, run.logical_date, version.bundle_name
   from polyflow.callback called
   join polyflow.dag_run run using (dag_run_id)
   join polyflow.dag_version version on version.dag_version_id = called.dag_version_id
   where called.attempt_id = $1 and called.state = 'running'`,
);

type PullingAttempt = {
  readonly dagId: string;
  readonly runId: string;
  readonly logicalDate: Date | null;
  readonly bundleName: string;
};

/** Parameters: DAG id, name of a project. Result: one row when the DAG belongs to it. */
const DAG_OF_PROJECT = statement("dag_of_project", `select dag_id from polyflow.dag where dag_id = $1 and bundle_name = $2`);

type ValueRow = { readonly mapIndex: number; readonly value: JsonValue };

const VALUES = `select ti.map_index as "mapIndex", xcom.value
  from polyflow.task_instance ti join polyflow.xcom using (task_instance_id)
  where ti.dag_run_id = source.dag_run_id and ti.task_id = $3 and xcom.key = $4 and ($5::integer is null or ti.map_index = $5)`;

/** Parameters: DAG id, run id, task id, key, map index or null. Result: values in the order of map indexes. */
const PULL = statement(
  "pull_xcom",
  `select pulled.* from polyflow.dag_run source cross join lateral (${VALUES}) pulled
   where source.dag_id = $1 and source.run_id = $2 order by pulled."mapIndex"`,
);

/** Parameters as above, with a logical date in place of the run: values of the newest run before it that has any. */
const PULL_PRIOR = statement(
  "pull_prior_xcom",
  `with source as materialized (
     select run.dag_run_id from polyflow.dag_run run
     where run.dag_id = $1 and run.logical_date < $2::timestamptz and exists (
       select from polyflow.task_instance ti join polyflow.xcom using (task_instance_id)
       where ti.dag_run_id = run.dag_run_id and ti.task_id = $3 and xcom.key = $4 and ($5::integer is null or ti.map_index = $5)
     )
     order by run.logical_date desc limit 1
   )
   select pulled.* from source cross join lateral (${VALUES}) pulled order by pulled."mapIndex"`,
);

const OF_REF = `run.dag_id = $1 and run.run_id = $2 and ti.task_id = $3 and ti.map_index = $4`;

/** Parameters: place (4), key, value, length, key in the store, now, overwrite. Result: one row when it was saved. Locks: xcom. */
const SAVE = statement(
  "save_xcom",
  `insert into polyflow.xcom (task_instance_id, key, value, item_count, stored, at)
   select ti.task_instance_id, $5, $6::json, $7::integer, $8, $9::timestamptz
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) where ${OF_REF}
   on conflict (task_instance_id, key) do update
     set value = excluded.value, item_count = excluded.item_count, stored = excluded.stored, at = excluded.at where $10
   returning task_instance_id`,
);

/** Parameters: place (4), key. Result: one row when it was there. Locks: xcom. */
const DELETE = statement(
  "delete_xcom",
  `delete from polyflow.xcom using polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id)
   where xcom.task_instance_id = ti.task_instance_id and ${OF_REF} and xcom.key = $5
   returning xcom.key`,
);

/** Parameters: limit. Result: keys in the store. Locks: none: removing twice does no harm. */
const LIST_GARBAGE = statement("list_xcom_garbage", `select stored from polyflow.xcom_garbage order by at limit $1`);

/** Parameters: keys in the store that are gone. */
const FORGET_GARBAGE = statement("forget_xcom_garbage", `delete from polyflow.xcom_garbage where stored = any($1::text[])`);

export function createXComStore(context: StoreContext): XComStore {
  const { database, xcoms } = context;
  return {
    async pushXCom(attemptId, key, value) {
      const kept = await xcoms.keep(value);
      const values = [attemptId, key, kept.json, kept.itemCount, kept.stored, nowOf(context)];
      const pushed = (await database.query(PUSH, values)).length > 0;
      if (!pushed) await xcoms.forget(kept);
      return pushed;
    },
    pullXCom: (attemptId, pull) => pullXCom(context, attemptId, pull),
    async saveXCom(ref, { key, value, overwrite }) {
      const kept = await xcoms.keep(value);
      const values = [...placeOf(ref), key, kept.json, kept.itemCount, kept.stored, nowOf(context), overwrite];
      const saved = (await database.query(SAVE, values)).length > 0;
      if (!saved) await xcoms.forget(kept);
      return saved;
    },
    deleteXCom: async (ref, key) => (await database.query(DELETE, [...placeOf(ref), key])).length > 0,
    async dropGarbage(limit) {
      const garbage = await database.query<{ stored: string }>(LIST_GARBAGE, [limit]);
      for (const { stored } of garbage) await xcoms.remove(stored);
      if (garbage.length > 0) await database.query(FORGET_GARBAGE, [garbage.map((row) => row.stored)]);
      return garbage.length;
    },
  };
}

function placeOf(ref: TaskInstanceRef): readonly unknown[] {
  return [ref.dagId, ref.runId, ref.taskId, ref.mapIndex];
}

async function pullXCom(context: StoreContext, attemptId: AttemptId, pull: XComPull) {
  const { database, xcoms } = context;
  const attempt = await database.queryOne<PullingAttempt>(PULLING_ATTEMPT, [attemptId]);
  if (attempt === undefined) return undefined;
  const dagId = pull.dagId ?? attempt.dagId;
  if (dagId !== attempt.dagId && (await database.queryOne(DAG_OF_PROJECT, [dagId, attempt.bundleName])) === undefined) {
    throw new PolyflowError(
      "not_allowed",
      `Outputs of DAG "${dagId}" cannot be read here: it does not belong to project "${attempt.bundleName}".`,
    );
  }
  const which = [pull.taskId, pull.key, pull.mapIndex ?? null];
  let rows = await database.query<ValueRow>(PULL, [dagId, pull.runId ?? attempt.runId, ...which]);
  if (rows.length === 0 && pull.includePriorDates && attempt.logicalDate !== null) {
    rows = await database.query<ValueRow>(PULL_PRIOR, [dagId, attempt.logicalDate, ...which]);
  }
  const values: JsonValue[] = [];
  for (const row of rows) values.push(await xcoms.resolve(row.value));
  return { isMapped: pull.mapIndex === undefined && rows.some((row) => row.mapIndex >= 0), values };
}
