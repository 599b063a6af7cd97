import {
  type DagRunKey,
  type DagSpec,
  isFinishedTaskState,
  type JsonValue,
  mappedGroupsOf,
  mapSourceTasks,
  type TaskInstanceState,
} from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import type { Database } from "../database.ts";
import { statement } from "../statement.ts";
import type { XComValues } from "../xcoms/xcom-values.ts";

/** Parameters: run key, task ids. Result: outputs of all their instances, in order; null for those that gave none. Locks: none. */
const LOAD_OUTPUTS = statement(
  "load_map_outputs",
  `select ti.task_id as "taskId", ti.map_index as "mapIndex", ti.state, xcom.value::text as value
   from polyflow.task_instance ti
   left join polyflow.xcom on xcom.task_instance_id = ti.task_instance_id and xcom.key = 'return_value'
   where ti.dag_run_id = $1 and ti.task_id = any($2::text[])
   order by ti.map_index`,
);

interface OutputRow {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
  readonly value: string | null;
}

/** The attempt of an instance of a mapped task. */
export interface MappedAttempt {
  readonly runKey: DagRunKey;
  readonly taskId: string;
  /** Grows when tasks of the run are cleared: outputs are made anew. */
  readonly clearNumber: number;
  readonly spec: DagSpec;
}

type Outputs = { readonly [taskId: string]: JsonValue };

interface Entry {
  readonly outputs: Outputs;
  readonly bytes: number;
  readonly loadedAtMs: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
/** What somebody corrects by hand is seen after this time. */
const LONGEST_MS = 30_000;

/**
 * Outputs over which tasks are mapped, so that the claims of ten thousand instances do not read a list of ten thousand elements each. An
 * output that all instances of a task have given for good is the same until something is cleared.
 */
export class MapOutputCache {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #xcoms: XComValues;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor({ database, clock, xcoms }: { readonly database: Database; readonly clock: Clock; readonly xcoms: XComValues }) {
    this.#database = database;
    this.#clock = clock;
    this.#xcoms = xcoms;
  }

  async load(attempt: MappedAttempt): Promise<Outputs> {
    const taskIds = sourceTasks(attempt.spec, attempt.taskId);
    if (taskIds.length === 0) return {};
    const key = `${attempt.runKey} ${attempt.clearNumber} ${taskIds.join(" ")}`;
    const known = this.#entries.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && nowMs - known.loadedAtMs < LONGEST_MS) return known.outputs;
    const rows = await this.#database.query<OutputRow & { readonly [column: string]: unknown }>(LOAD_OUTPUTS, [attempt.runKey, taskIds]);
    const outputs = await this.#xcoms.resolveOutputs(outputsOf(rows));
    if (rows.every((row) => isFinishedTaskState(row.state))) {
      this.#keep(key, { outputs, loadedAtMs: nowMs, bytes: rows.reduce((sum, row) => sum + 2 * (row.value?.length ?? 0), 0) });
    }
    return outputs;
  }

  #keep(key: string, entry: Entry): void {
    this.#bytes += entry.bytes - (this.#entries.get(key)?.bytes ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // The oldest first: a Map iterates in the order of insertion.
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#entries.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

function outputsOf(rows: readonly OutputRow[]): Outputs {
  const outputs: { [taskId: string]: JsonValue } = {};
  const lists = new Map<string, JsonValue[]>();
  for (const { taskId, mapIndex, value } of rows) {
    const parsed = value === null ? undefined : (JSON.parse(value) as JsonValue);
    if (mapIndex < 0) {
      if (parsed !== undefined) outputs[taskId] = parsed;
      continue;
    }
    const list = lists.get(taskId) ?? [];
    lists.set(taskId, list);
    if (parsed !== undefined) list.push(parsed);
  }
  for (const [taskId, list] of lists) outputs[taskId] = list;
  return outputs;
}

/** The tasks over whose outputs a task, or its group, is mapped. */
function sourceTasks(spec: DagSpec, taskId: string): readonly string[] {
  const mapping = spec.tasks.find((task) => task.taskId === taskId)?.mapping ?? mappedGroupsOf(spec).get(taskId)?.mapping;
  return mapping === undefined ? [] : mapSourceTasks(mapping);
}
