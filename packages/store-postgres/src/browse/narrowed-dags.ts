import type { BrowseTasksQuery } from "@polyflow/store";
import type { Database } from "../database.ts";
import { Conditions, containing } from "./conditions.ts";

/** DAGs that are read one by one; of more than that some has what is wanted among its newest runs. */
const MOST_DAGS = 100;
/** Tasks that are looked at before the search for few DAGs is given up. */
const MOST_TASKS = 2000;

type Narrowing = Pick<BrowseTasksQuery, "readableDagIds" | "dag" | "task" | "pool" | "queue" | "operator">;

/**
 * The few DAGs that a list can hold rows of by names of DAGs and by what their tasks have in any version; undefined when they are many, or
 * when nothing is asked. A walk over all runs in search of a task that one DAG has would read millions of rows.
 */
export async function narrowedDags(database: Database, query: Narrowing): Promise<readonly string[] | undefined> {
  const ofTasks = taskConditions(query);
  const ofDags = new Conditions()
    .add(query.readableDagIds, (value) => `dag_id = any(${value}::text[])`)
    .add(containing(query.dag), (value) => `dag_id ilike ${value}`);
  const found: (readonly string[] | undefined)[] = await Promise.all([
    ofDags.where === ""
      ? undefined
      : fewOf(database, `select dag_id as "dagId" from polyflow.dag ${ofDags.where} limit ${MOST_DAGS + 1}`, ofDags),
    ofTasks.where === ""
      ? undefined
      : fewOf(
          database,
          `select distinct version.dag_id as "dagId"
           from (select dag_version_id from polyflow.dag_version_task task ${ofTasks.where} limit ${MOST_TASKS + 1}) task
           join polyflow.dag_version version using (dag_version_id)`,
          ofTasks,
        ),
  ]);
  const lists = found.filter((list) => list !== undefined);
  const [first, second] = lists;
  if (first === undefined || second === undefined) return first;
  const others = new Set(second);
  return first.filter((dagId) => others.has(dagId));
}

function taskConditions({ task, pool, queue, operator }: Narrowing): Conditions {
  return new Conditions()
    .add(containing(task), (value) => `task.task_id ilike ${value}`)
    .add(pool, (value) => `task.pool = ${value}`)
    .add(queue, (value) => `task.queue = ${value}`)
    .add(operator, (value) => `task.operator = ${value}`);
}

async function fewOf(database: Database, text: string, { values }: Conditions): Promise<readonly string[] | undefined> {
  const rows = await database.queryText<{ dagId: string }>(text, values);
  return rows.length > MOST_DAGS ? undefined : rows.map((row) => row.dagId);
}
