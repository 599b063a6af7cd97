import { mkdirSync, openSync, writeSync, closeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "pg";
import { dagSpec, taskSpec } from "../../tests/harness/random-dags.ts";

/** How much the seeded database holds. */
export interface SeedSize {
  readonly dags: number;
  readonly runs: number;
  readonly taskInstances: number;
}

/** DAGs that single requests look at. */
export const GRID_DAG = "bench_grid";
export const WIDE_DAG = "bench_wide";
export const LOG_RUN = { dagId: GRID_DAG, runId: "run-1", taskId: "t000" };
const GRID_RUNS = 365;
const GRID_TASKS = 100;
const WIDE_TASKS = 1000;
const LOG_LINES = 1_000_000;

/** Fills a migrated database by statements of whole sets, through the same triggers as real runs. Returns what is there then. */
export async function seed(client: Client, size: SeedSize): Promise<SeedSize> {
  const runsPerDag = Math.max(1, Math.round(size.runs / size.dags));
  const tasksPerRun = Math.max(1, Math.round(size.taskInstances / (runsPerDag * size.dags)));
  await client.query(`insert into polyflow.bundle values ('bench', '// bench', now())`);
  await client.query(`insert into polyflow.dag_source values ('bench', '// bench')`);
  const dagId = `'team_' || n % 40 || '.process_' || lpad(n::text, 5, '0')`;
  await addDags(client, { ids: `select ${dagId} from generate_series(1, ${size.dags}) n`, spec: chains(tasksPerRun, 3) });
  await addRuns(client, "dag_id like 'team_%'", runsPerDag);
  await addDags(client, { ids: `select '${GRID_DAG}'`, spec: chains(GRID_TASKS, 10) });
  await addRuns(client, `dag_id = '${GRID_DAG}'`, GRID_RUNS);
  await addDags(client, { ids: `select '${WIDE_DAG}'`, spec: chains(WIDE_TASKS, 25) });
  await addRuns(client, `dag_id = '${WIDE_DAG}'`, 1);
  await client.query("analyze");
  const { rows } = await client.query<{ dags: number; runs: number; taskInstances: number }>(
    `select (select count(*) from polyflow.dag)::int as dags, (select count(*) from polyflow.dag_run)::int as runs,
            (select count(*) from polyflow.task_instance)::int as "taskInstances"`,
  );
  const [held] = rows;
  if (held === undefined) throw new Error("the counts have no row");
  return held;
}

/** Tasks in chains beside each other, each task also after the one of the chain before. */
function chains(tasks: number, length: number): string {
  const name = (index: number) => `t${String(index).padStart(3, "0")}`;
  const specs = Array.from({ length: tasks }, (_, index) => {
    const before = index % length === 0 ? [] : [name(index - 1)];
    const beside = index >= length && index % 7 === 0 ? [name(index - length)] : [];
    return taskSpec(name(index), { upstream: [...before, ...beside].toSorted(), groupId: `part_${Math.floor(index / length)}` });
  });
  return JSON.stringify(dagSpec("__DAG__", specs, { schedule: { kind: "cron", expressions: ["0 3 * * *"], timezone: "Europe/Moscow" } }));
}

async function addDags(client: Client, { ids, spec }: { readonly ids: string; readonly spec: string }): Promise<void> {
  await client.query("begin");
  await client.query(
    `create temporary table new_dag on commit drop as
     select id as dag_id, gen_random_uuid() as version_id, row_number() over () as n from (${ids}) wanted (id)`,
  );
  await client.query(
    `insert into polyflow.dag (
       dag_id, display_name, description, is_paused, is_active, bundle_name, relative_path, owners, tags, current_version_id, max_active_runs,
       schedule_hash, schedule_state, schedule, params, task_count
     )
     select dag_id, dag_id, 'Loads the part of ' || dag_id, n % 3 = 0, true, 'bench', dag_id || '.ts', array['owner_' || n % 50],
            array['tag_' || n % 30, 'layer_' || n % 4], version_id, 16, 'x', 'ended', $1::json -> 'schedule', $1::json -> 'params',
            json_array_length($1::json -> 'tasks')
     from new_dag`,
    [spec],
  );
  await client.query(
    `insert into polyflow.dag_version (
       dag_version_id, dag_id, version_number, spec, spec_hash, bundle_hash, source_hash, bundle_name, relative_path, isolation,
       max_active_tasks, created_at
     )
     select version_id, dag_id, 1, replace($1, '__DAG__', dag_id)::json, 'x', 'bench', 'bench', 'bench', dag_id || '.ts', 'reuse', 16, now()
     from new_dag`,
    [spec],
  );
  await client.query(
    `insert into polyflow.dag_version_task
     select version_id, task ->> 'taskId', position - 1, 'function', 0, 'default_pool', 1, 'default', 1, null
     from new_dag, json_array_elements($1::json -> 'tasks') with ordinality element (task, position)`,
    [spec],
  );
  await client.query("commit");
}

/** A run each day; one in eight failed, its last tasks with it. */
async function addRuns(client: Client, dags: string, runs: number): Promise<void> {
  await client.query(
    `with run as (
       insert into polyflow.dag_run (
         dag_id, run_id, run_type, state, dag_version_id, logical_date, data_interval_start, data_interval_end, run_after, queued_at,
         start_date, end_date, conf, triggered_by
       )
       select dag_id, 'run-' || n, 'scheduled', case when (n * 7 + abs(hashtext(dag_id))) % 8 = 0 then 'failed' else 'success' end,
              current_version_id, at, at, at + interval '1 day', at + interval '1 day', at + interval '1 day',
              at + interval '1 day', at + interval '1 day' + (30 + n % 100) * interval '1 second', '{}', 'timetable'
       from polyflow.dag, generate_series(1, $1) n, lateral (select date_trunc('day', now()) - n * interval '1 day' as at) day
       where ${dags}
       returning *
     )
     insert into polyflow.task_instance (
       dag_run_id, task_id, position, state, try_number, max_tries, operator, pool, pool_slots, queue, priority_weight, run_after, attempt_id,
       start_date, end_date, hostname
     )
     select run.dag_run_id, task.task_id, task.position,
            case when run.state = 'failed' and task.position % 10 = 9 then 'failed' else 'success' end, 1, 0, 'function', 'default_pool', 1,
            'default', 1, run.run_after, gen_random_uuid(), run.start_date + task.position * interval '0.1 second',
            run.start_date + (task.position + 1 + task.position % 9) * interval '0.1 second', 'bench'
     from run join polyflow.dag_version_task task using (dag_version_id)`,
    [runs],
  );
}

/** A log of a million lines, written as the server itself writes it. */
export function writeLog(logDir: string): number {
  const file = join(logDir, `dag_id=${LOG_RUN.dagId}/run_id=${LOG_RUN.runId}/task_id=${LOG_RUN.taskId}/attempt=1.ndjson`);
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "w");
  for (let first = 0; first < LOG_LINES; first += 10_000) {
    let text = "";
    for (let line = first; line < first + 10_000; line++) {
      const level = line % 1000 === 999 ? "warning" : "info";
      text += `{"at":"2026-01-01T00:00:00.000Z","level":"${level}","source":"task","message":"line ${line}: read ${line % 977} rows of part ${line % 64}"}\n`;
    }
    writeSync(handle, text);
  }
  closeSync(handle);
  return LOG_LINES;
}
