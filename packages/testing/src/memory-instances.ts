import {
  brand,
  type DagSpec,
  type JsonValue,
  mappedGroupsOf,
  type MapOutput,
  PolyflowError,
  type TaskInstanceId,
  type TaskInstanceState,
  UNMAPPED,
} from "@polyflow/contracts";
import type { AttemptWait } from "@polyflow/contracts/wire";
import { type DagGraph, lengthsOfOutputs, type SourceLengths, type TaskDecision, type TaskStateFacts } from "@polyflow/lifecycle";
import type { AttemptTrail } from "./attempt-context.ts";

/** A task instance of a run in memory, as it stands now. */
export interface MemoryInstance extends AttemptTrail {
  readonly id: TaskInstanceId;
  readonly taskId: string;
  mapIndex: number;
  /** What an instance of a mapped task is called; undefined: by its index. */
  mapName: string | undefined;
  state: TaskInstanceState;
  tries: number;
  skips: readonly string[] | null;
  output: JsonValue | undefined;
  reason: string | null;
  stack: string | undefined;
  /** Set while the task waits within a try. */
  tryStartedAt: Date | undefined;
  /** When the first of its attempts that waited began, and how often it waited. */
  waited: { readonly beganAt: Date; readonly waits: number; readonly resumed: AttemptWait["resumed"] } | undefined;
}

/** All task instances of a run in memory, as the store keeps them in production: one for a task, until a mapped one is expanded. */
export class MemoryInstances {
  readonly #byTask: Map<string, MemoryInstance[]>;
  readonly #groups: ReturnType<typeof mappedGroupsOf>;
  #made = 0;

  constructor(graph: DagGraph, spec: DagSpec) {
    this.#byTask = new Map(graph.order.map((taskId) => [taskId, [this.#make(taskId, UNMAPPED)]]));
    this.#groups = mappedGroupsOf(spec);
  }

  /** In topological order, then by index. */
  all(): readonly MemoryInstance[] {
    return [...this.#byTask.values()].flat();
  }

  /** @throws PolyflowError `task_instance_not_found` when the DAG has no such task */
  of(taskId: string): readonly MemoryInstance[] {
    const instances = this.#byTask.get(taskId);
    if (instances !== undefined) return instances;
    throw new PolyflowError("task_instance_not_found", `The DAG has no task "${taskId}". It has: ${[...this.#byTask.keys()].join(", ")}.`);
  }

  states(): readonly TaskStateFacts[] {
    return this.all().map(({ id: taskInstanceId, taskId, mapIndex, state, skips }) => ({ taskInstanceId, taskId, mapIndex, state, skips }));
  }

  apply(decisions: readonly TaskDecision[]): void {
    const byId = new Map(this.all().map((instance) => [instance.id, instance]));
    for (const { taskInstanceId, to, reason } of decisions) {
      const instance = byId.get(taskInstanceId);
      if (instance !== undefined) Object.assign(instance, { state: to, reason });
    }
  }

  /** The one instance of each of the tasks becomes the first of `length`. */
  expand(taskIds: readonly string[], length: number, state: "scheduled" | "none"): void {
    for (const taskId of taskIds) {
      const instances = this.#byTask.get(taskId) ?? [];
      for (let index = instances.length; index < length; index++) instances.push(this.#make(taskId, index));
      for (const [index, instance] of instances.entries()) Object.assign(instance, { mapIndex: index, state });
    }
  }

  /** Outputs as an instance sees them: of a mapped task the list, of one in its own mapped group that of the same index. */
  outputsFor({ taskId, mapIndex }: Pick<MemoryInstance, "taskId" | "mapIndex">): ReadonlyMap<string, JsonValue | undefined> {
    const group = this.#groups.get(taskId);
    const sees = (other: string): JsonValue | undefined =>
      group !== undefined && this.#groups.get(other) === group ? this.#byTask.get(other)?.[mapIndex]?.output : this.outputOf(other);
    return new Map([...this.#byTask.keys()].map((other) => [other, sees(other)]));
  }

  /** How long the outputs are over which something is mapped. */
  lengthsOf(outputs: readonly MapOutput[]): SourceLengths {
    return lengthsOfOutputs(outputs, new Map(outputs.map(({ taskId }) => [taskId, this.outputOf(taskId)])));
  }

  /** Of a mapped task the list of its instances' outputs. */
  outputOf(taskId: string): JsonValue | undefined {
    const instances = this.#byTask.get(taskId) ?? [];
    if (instances.every(({ mapIndex }) => mapIndex === UNMAPPED)) return instances[0]?.output;
    return instances.flatMap(({ output }) => (output === undefined ? [] : [output]));
  }

  #make(taskId: string, mapIndex: number): MemoryInstance {
    this.#made += 1;
    return {
      id: brand<TaskInstanceId>(`${taskId} ${this.#made}`),
      taskId,
      mapIndex,
      mapName: undefined,
      state: "none",
      tries: 0,
      skips: null,
      output: undefined,
      reason: null,
      stack: undefined,
      tryStartedAt: undefined,
      waited: undefined,
      log: [],
      loadReports: [],
      assetUpdates: [],
      renderedFields: undefined,
    };
  }
}
