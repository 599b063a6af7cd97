import { type ChangeEvent, brand, type DagRunKey, isFinishedTaskState, type TaskInstanceState } from "@polyflow/contracts";

/** What to look at in one run. */
export interface RunHint {
  /** All of it: a run that was just started, or one met by the sweep. */
  readonly isWhole: boolean;
  /** Tasks of which something ended: those after them have to be decided. */
  readonly ended: ReadonlySet<string>;
  /** Of mapped tasks among them: which instances; −1 is the row of a task that never got its instances. */
  readonly endedAt: ReadonlyMap<string, ReadonlySet<number>>;
  /** Those of them that ended otherwise than with success. */
  readonly unsuccessful: ReadonlySet<string>;
  /** Tasks that have to be decided themselves: they were cleared, or waited for the run before. */
  readonly reopened: ReadonlySet<string>;
  /** A task of it failed: in a fail-fast run that concerns all of it. */
  readonly hasFailure: boolean;
}

/** Kinds of work besides decisions about runs. */
export type Chore =
  /** Scheduled task instances may fit into slots that became free. */
  | "queue_tasks"
  /** Runs have failed: their DAGs may have failed too often in a row. */
  | "failing_dags"
  | "start_runs"
  | "create_runs"
  /** Assets were updated: DAGs that are scheduled by them may want runs. */
  | "asset_runs"
  /** The same, if such a DAG had no room: a run has ended. */
  | "go_on_with_asset_runs"
  /** Backfills may want runs. */
  | "backfills"
  /** The same, if any is under way: a run has ended. */
  | "go_on_with_backfills"
  /** Retries and run time-outs. */
  | "due_times"
  | "lost_attempts"
  | "worker_sessions"
  | "republish"
  /** Something that a timer is set for may have changed. */
  | "set_timer"
  /** Begin a sweep over all running runs. */
  | "sweep"
  /** Go on with it: one page. */
  | "sweep_page"
  | "heartbeat";

export const EVERYTHING: readonly Chore[] = [
  "queue_tasks",
  "start_runs",
  "create_runs",
  "asset_runs",
  "backfills",
  "due_times",
  "lost_attempts",
  "worker_sessions",
  "republish",
  "set_timer",
  "sweep",
];

/** All that was gathered since the last look. */
export interface HintBatch {
  readonly runs: ReadonlyMap<DagRunKey, RunHint>;
  readonly chores: ReadonlySet<Chore>;
}

interface GatheredHint {
  isWhole: boolean;
  hasFailure: boolean;
  readonly ended: Set<string>;
  readonly endedAt: Map<string, Set<number>>;
  readonly unsuccessful: Set<string>;
  readonly reopened: Set<string>;
}

/**
 * Gathers what to look at, from events, timers and the scheduler itself. Hints only say "look there": doubled ones merge, late ones find
 * nothing to do, lost ones are made good by the sweep.
 */
export class Hints {
  #runs = new Map<DagRunKey, GatheredHint>();
  #chores = new Set<Chore>();
  #failedDags = new Set<string>();
  #wake: (() => void) | undefined;

  /** Turns a change into hints. */
  hear(event: ChangeEvent): void {
    switch (event.kind) {
      case "task_instance":
        this.#hearTask(brand<DagRunKey>(event.runKey), event);
        break;
      case "run":
        if (event.state === "failed") {
          this.#failedDags.add(event.dagId);
          this.add("failing_dags");
        }
        // A run that ended makes room for others; `running` is this scheduler's own doing.
        if (event.state === "queued") this.add("start_runs");
        else if (event.state !== "running")
          this.add("start_runs", "create_runs", "queue_tasks", "set_timer", "go_on_with_backfills", "go_on_with_asset_runs");
        break;
      case "dag":
        // New, changed or unpaused: its timetable, its queued runs, its runs that nobody looked at while it was paused.
        this.add("create_runs", "start_runs", "queue_tasks", "set_timer", "sweep", "backfills", "asset_runs");
        break;
      case "resync":
        this.add(...EVERYTHING);
        break;
      case "asset_event":
        this.add("asset_runs");
        break;
      case "backfill":
        this.add("backfills");
        break;
      case "dag_removed":
      case "import_errors":
      case "load_report":
        break;
    }
  }

  #hearTask(runKey: DagRunKey, { taskId, mapIndex, state }: { taskId: string; mapIndex: number; state: TaskInstanceState }): void {
    if (isFinishedTaskState(state)) {
      const hint = this.#runHint(runKey);
      hint.ended.add(taskId);
      noteIndex(hint.endedAt, taskId, mapIndex);
      if (state !== "success") hint.unsuccessful.add(taskId);
      hint.hasFailure ||= state === "failed";
      this.add("queue_tasks");
    } else if (state === "none") {
      this.reopen(runKey, taskId);
      this.add("queue_tasks");
    } else if (state === "up_for_retry" || state === "up_for_reschedule" || state === "deferred") {
      this.add("set_timer", "queue_tasks");
    } else if (state === "scheduled") {
      this.add("queue_tasks");
    }
  }

  /** DAGs of which a run has failed since the last call. */
  takeFailedDags(): readonly string[] {
    const dags = [...this.#failedDags];
    this.#failedDags = new Set();
    return dags;
  }

  /** Look at all of these runs. */
  addRuns(runKeys: Iterable<DagRunKey>): void {
    for (const runKey of runKeys) this.#runHint(runKey).isWhole = true;
  }

  /** Look at this task itself: what held it back may be over. */
  reopen(runKey: DagRunKey, taskId: string): void {
    this.#runHint(runKey).reopened.add(taskId);
  }

  add(...chores: readonly Chore[]): void {
    for (const chore of chores) this.#chores.add(chore);
    this.#wakeUp();
  }

  /** Takes what is there, at most `maxRuns` runs; the rest stays for the next time. */
  take(maxRuns: number): HintBatch {
    const chores = this.#chores;
    this.#chores = new Set();
    return { runs: this.takeRuns(maxRuns), chores };
  }

  /** Takes runs alone. */
  takeRuns(maxRuns: number): ReadonlyMap<DagRunKey, RunHint> {
    const runs = this.#runs;
    if (runs.size <= maxRuns) {
      this.#runs = new Map();
      return runs;
    }
    const all = [...runs];
    this.#runs = new Map(all.slice(maxRuns));
    return new Map(all.slice(0, maxRuns));
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0 && this.#chores.size === 0;
  }

  /** Forgets everything: a standby must not act on what it once heard. */
  clear(): void {
    this.#runs = new Map();
    this.#chores = new Set();
    this.#failedDags = new Set();
  }

  /** Resolves when there is something to look at, or `interrupt` was called. */
  async wait(): Promise<void> {
    if (!this.isEmpty) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends a `wait` without a hint. */
  interrupt(): void {
    this.#wakeUp();
  }

  #runHint(runKey: DagRunKey): GatheredHint {
    let hint = this.#runs.get(runKey);
    if (hint === undefined) {
      hint = { isWhole: false, hasFailure: false, ended: new Set(), endedAt: new Map(), unsuccessful: new Set(), reopened: new Set() };
      this.#runs.set(runKey, hint);
      this.#wakeUp();
    }
    return hint;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** Notes an instance of a task. */
export function noteIndex(indexes: Map<string, Set<number>>, taskId: string, mapIndex: number): void {
  noteIndexes(indexes, taskId, [mapIndex]);
}

/** Notes instances of a task. */
export function noteIndexes(indexes: Map<string, Set<number>>, taskId: string, mapIndexes: Iterable<number>): void {
  let known = indexes.get(taskId);
  if (known === undefined) {
    known = new Set();
    indexes.set(taskId, known);
  }
  for (const mapIndex of mapIndexes) known.add(mapIndex);
}
