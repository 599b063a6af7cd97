import type { TaskInstanceId, TaskInstanceState } from "@polyflow/contracts";
import { UNMAPPED } from "@polyflow/contracts";

/** A task instance as decisions see it; the store's `TaskFacts` is one. */
export interface TaskStateFacts {
  readonly taskInstanceId: TaskInstanceId;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
  /** Tasks that its success says are skipped. */
  readonly skips?: readonly string[] | null;
  /**
   * Set where the facts stand for that many instances of a mapped task which are all in this state; the index is then that of the last of them,
   * the id that of none. Nothing is decided about these.
   */
  readonly count?: number;
  /** With `count`: all instances in the state are counted, those of which there are facts of their own as well. */
  readonly isTotal?: boolean;
}

/** How many instances of a task are in a state. */
export interface StateCount {
  readonly state: TaskInstanceState;
  readonly count: number;
}

/** Facts of a run, to be asked by task and map index; decisions that are made meanwhile can be laid over them. */
export class InstanceIndex {
  readonly #byTask = new Map<string, TaskStateFacts[]>();
  readonly #byIndex = new Map<string, ReadonlyMap<number, TaskStateFacts>>();
  readonly #decided = new Map<TaskInstanceId, TaskInstanceState>();

  constructor(facts: readonly TaskStateFacts[]) {
    for (const fact of facts) {
      const known = this.#byTask.get(fact.taskId);
      if (known === undefined) this.#byTask.set(fact.taskId, [fact]);
      else known.push(fact);
    }
  }

  /** Undefined: nothing is known of the task. */
  instancesOf(taskId: string): readonly TaskStateFacts[] | undefined {
    return this.#byTask.get(taskId);
  }

  /** The instance that one with this index in the same mapped group meets: the same index, or the one of a task that was never expanded. */
  instanceAt(taskId: string, mapIndex: number): TaskStateFacts | undefined {
    let indexed = this.#byIndex.get(taskId);
    if (indexed === undefined) {
      indexed = new Map(this.#byTask.get(taskId)?.map((fact) => [fact.mapIndex, fact]));
      this.#byIndex.set(taskId, indexed);
    }
    return indexed.get(mapIndex) ?? indexed.get(UNMAPPED);
  }

  /** How many instances of the task are in which state, decisions included. Undefined: nothing is known of the task. */
  countsOf(taskId: string): readonly StateCount[] | undefined {
    const facts = this.#byTask.get(taskId);
    if (facts === undefined) return undefined;
    const hasTotals = facts.some((fact) => fact.isTotal === true);
    const counts = new Map<TaskInstanceState, number>();
    const add = (state: TaskInstanceState, count: number): void => void counts.set(state, (counts.get(state) ?? 0) + count);
    for (const fact of facts) {
      const now = this.stateOf(fact);
      if (fact.count !== undefined) add(fact.state, fact.count);
      else if (!hasTotals || fact.mapIndex === UNMAPPED) add(now, 1);
      else if (now !== fact.state) {
        add(fact.state, -1);
        add(now, 1);
      }
    }
    return [...counts].filter(([, count]) => count > 0).map(([state, count]) => ({ state, count }));
  }

  stateOf(fact: TaskStateFacts): TaskInstanceState {
    return this.#decided.get(fact.taskInstanceId) ?? fact.state;
  }

  /** From here on the instance is in this state. */
  decide(taskInstanceId: TaskInstanceId, state: TaskInstanceState): void {
    this.#decided.set(taskInstanceId, state);
  }
}
