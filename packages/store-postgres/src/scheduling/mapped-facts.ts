import type { DagRunKey } from "@polyflow/contracts";
import type { MapLengthFacts, MapLengthsRequest, MappedFactsRequest, TaskFacts } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Columns of TaskFacts from `ti`. */
export const TASK_FACTS_COLUMNS = `
  ti.task_instance_id as "taskInstanceId", ti.task_id as "taskId", ti.map_index as "mapIndex", ti.state, ti.try_number as "tryNumber",
  ti.next_retry_at as "nextRetryAt", ti.skips`;

/**
 * Parameters: run keys, task ids, what is wanted of each, map index or null (arrays of equal length). Result: facts; those with a count stand
 * for so many instances. What is read is what is wanted: single instances by their key, counts in one walk over a task's instances.
 * Locks: none.
 */
const LOAD_MAPPED_FACTS = statement(
  "load_mapped_facts",
  `with wanted as materialized (
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) wanted (dag_run_id, task_id, kind, map_index)
   )
   select ti.dag_run_id as "runKey", ${TASK_FACTS_COLUMNS}, null::integer as count, null::boolean as "isTotal"
   from wanted join polyflow.task_instance ti using (dag_run_id, task_id)
   where wanted.kind = 'each' or (wanted.kind = 'open' and (ti.map_index = -1 or ti.state = 'none'))
   union all
   select ti.dag_run_id, ${TASK_FACTS_COLUMNS}, null, null
   from wanted join polyflow.task_instance ti
     on ti.dag_run_id = wanted.dag_run_id and ti.task_id = wanted.task_id and ti.map_index = -1
   where wanted.kind = 'counted'
   union all
   select ti.dag_run_id, ${TASK_FACTS_COLUMNS}, null, null
   from wanted cross join lateral (values (wanted.map_index), (-1)) place (map_index)
   join polyflow.task_instance ti
     on ti.dag_run_id = wanted.dag_run_id and ti.task_id = wanted.task_id and ti.map_index = place.map_index
   where wanted.kind = 'at'
   union all
   select counted.dag_run_id, gen_random_uuid(), counted.task_id, counted.last_index, counted.state, 0, null, counted.skips, counted.count,
          counted.kind = 'counted'
   from (
     select ti.dag_run_id, ti.task_id, ti.state, ti.skips, wanted.kind, max(ti.map_index) as last_index, count(*)::integer as count
     from wanted join polyflow.task_instance ti using (dag_run_id, task_id)
     where wanted.kind in ('open', 'counted') and ti.map_index >= 0 and not (wanted.kind = 'open' and ti.state = 'none')
     group by 1, 2, 3, 4, 5
   ) counted`,
);

/**
 * Parameters: run keys, task ids, paths as JSON lists. Result: how long the outputs are. Of a mapped task its instances that gave an output
 * are counted. A length that was stored with the value is not counted again. Locks: none.
 */
const LOAD_MAP_LENGTHS = statement(
  "load_map_lengths",
  `select wanted.dag_run_id as "runKey", wanted.task_id as "taskId", wanted.path::json as path, output.instances, output.is_mapped as "isMapped",
          coalesce(
            output.item_count,
            case found.type
              when 'array' then json_array_length(found.value)
              when 'object' then (select count(*) from json_object_keys(found.value))::integer
            end
          ) as length,
          coalesce(found.type, case when output.item_count is null then 'null' else 'array' end) as type
   from unnest($1::uuid[], $2::text[], $3::text[]) wanted (dag_run_id, task_id, path)
   cross join lateral (
     select count(xcom.task_instance_id)::integer as instances, coalesce(bool_or(ti.map_index >= 0), false) as is_mapped,
            max(xcom.item_count) filter (where ti.map_index = -1 and wanted.path = '[]') as item_count,
            (array_agg(xcom.value) filter (where ti.map_index = -1 and (wanted.path <> '[]' or xcom.item_count is null)))[1] as value
     from polyflow.task_instance ti
     left join polyflow.xcom on xcom.task_instance_id = ti.task_instance_id and xcom.key = 'return_value'
     where ti.dag_run_id = wanted.dag_run_id and ti.task_id = wanted.task_id
   ) output
   cross join lateral (
     select inner_value as value, json_typeof(inner_value) as type
     from (select output.value #> array(select json_array_elements_text(wanted.path::json)) as inner_value) inside
   ) found`,
);

type FactsRow = Omit<TaskFacts, "count" | "isTotal"> & {
  readonly runKey: DagRunKey;
  readonly count: number | null;
  readonly isTotal: boolean | null;
};

interface LengthRow {
  readonly runKey: DagRunKey;
  readonly taskId: string;
  readonly path: readonly string[];
  readonly instances: number;
  readonly isMapped: boolean;
  readonly length: number | null;
  readonly type: string;
}

export interface MappedRequest {
  readonly runKey: DagRunKey;
  readonly mapped: readonly MappedFactsRequest[];
}

/** Facts of runs of DAGs with mapped tasks. */
export async function loadMappedFacts(
  { database }: StoreContext,
  requests: readonly MappedRequest[],
): Promise<readonly (TaskFacts & { readonly runKey: DagRunKey })[]> {
  const wanted = requests.flatMap(({ runKey, mapped }) => mapped.map((request) => ({ runKey, ...request })));
  if (wanted.length === 0) return [];
  const rows = await database.query<FactsRow>(LOAD_MAPPED_FACTS, [
    wanted.map((row) => row.runKey),
    wanted.map((row) => row.taskId),
    wanted.map((row) => row.as),
    wanted.map((row) => (row.as === "at" ? row.mapIndex : null)),
  ]);
  return rows.map(({ count, isTotal, ...row }) => (count === null ? row : { ...row, count, isTotal: isTotal === true }));
}

/** See SchedulerStore.loadMapLengths. */
export async function loadMapLengths(
  { database }: StoreContext,
  requests: readonly MapLengthsRequest[],
): Promise<readonly MapLengthFacts[]> {
  const wanted = requests.flatMap(({ runKey, outputs }) => outputs.map((output) => ({ runKey, ...output })));
  if (wanted.length === 0) return [];
  const rows = await database.query<LengthRow>(LOAD_MAP_LENGTHS, [
    wanted.map((row) => row.runKey),
    wanted.map((row) => row.taskId),
    wanted.map((row) => JSON.stringify(row.path)),
  ]);
  return rows.map(({ runKey, taskId, path, ...row }) => ({ runKey, taskId, path, found: lengthOf(row) }));
}

function lengthOf({ isMapped, instances, length, type }: Omit<LengthRow, "runKey" | "taskId" | "path">): MapLengthFacts["found"] {
  if (isMapped) return { kind: "length", length: instances };
  if (length !== null) return { kind: "length", length };
  return type === "null" ? { kind: "absent" } : { kind: "unmappable", type };
}
