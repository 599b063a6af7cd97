import type { DagVersionId, LoadReport } from "@polyflow/contracts";
import type { LineageRecord, LineageStore } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Result: whether the trigger is there. */
const IS_ON = statement(
  "lineage_is_on",
  `select exists (
     select from pg_trigger where tgname = 'task_lineage' and tgrelid = 'polyflow.task_instance'::regclass
   ) as "isOn"`,
);

/** Locks: task_instance as a whole, for a moment. */
const SWITCH_ON = statement(
  "switch_lineage_on",
  `create trigger task_lineage after update of state on polyflow.task_instance for each row
   when (
     (old.state <> 'running' and new.state = 'running')
     or (old.state in ('running', 'restarting') and new.state in ('success', 'failed', 'skipped', 'up_for_retry'))
   )
   execute function polyflow.note_lineage()`,
);
const SWITCH_OFF = statement("switch_lineage_off", `drop trigger if exists task_lineage on polyflow.task_instance`);

/** Parameters: limit. Locks: none: what is handed over twice does no harm. */
const LIST = statement(
  "list_lineage",
  `select outbox.lineage_id as "lineageId", outbox.attempt_id as "attemptId", run.dag_run_id as "runKey", run.dag_id as "dagId",
          run.run_id as "runId", ti.task_id as "taskId", ti.map_index as "mapIndex", outbox.state, outbox.at, outbox.reason,
          run.data_interval_start as "dataIntervalStart", run.data_interval_end as "dataIntervalEnd", run.dag_version_id as "versionId",
          coalesce((
            select json_agg(load.report order by load.at) from polyflow.load_report load
            where load.task_instance_id = outbox.task_instance_id and load.attempt_id = outbox.attempt_id
          ), '[]') as loads
   from polyflow.lineage_outbox outbox
   join polyflow.task_instance ti using (task_instance_id)
   join polyflow.dag_run run using (dag_run_id)
   order by outbox.lineage_id
   limit $1`,
);

type LineageRow = Omit<LineageRecord, "spec"> & { readonly versionId: DagVersionId; readonly loads: readonly LoadReport[] };

/** Parameters: ids. */
const FORGET = statement("forget_lineage", `delete from polyflow.lineage_outbox where lineage_id = any($1::bigint[])`);

export function createLineageStore({ database, specs }: StoreContext): LineageStore {
  return {
    async setLineage(isOn) {
      const now = await database.queryOne<{ isOn: boolean }>(IS_ON);
      if (now?.isOn === isOn) return;
      await database.query(isOn ? SWITCH_ON : SWITCH_OFF);
    },
    async listLineage(limit) {
      const rows = await database.query<LineageRow>(LIST, [limit]);
      const known = await specs.load(rows.map((row) => row.versionId));
      return rows.flatMap(({ versionId, ...row }) => {
        const spec = known.get(versionId);
        return spec === undefined ? [] : [{ ...row, spec }];
      });
    },
    async forgetLineage(lineageIds) {
      await database.query(FORGET, [lineageIds]);
    },
  };
}
