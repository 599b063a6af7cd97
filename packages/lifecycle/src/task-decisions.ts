import type { MapOutput, TaskInstanceId, TaskInstanceState } from "@polyflow/contracts";
import { isFinishedTaskState, UNMAPPED } from "@polyflow/contracts";
import type { DagGraph } from "./dag-graph.ts";
import { evaluateDependencies } from "./dependencies.ts";
import { decideExpansion, type ExpansionDecision, type ExpansionOptions } from "./expansion.ts";
import { InstanceIndex, type TaskStateFacts } from "./instance-index.ts";

/** One decided transition; the store's `TaskTransition` is one. */
export interface TaskDecision {
  readonly taskInstanceId: TaskInstanceId;
  readonly from: TaskInstanceState;
  readonly to: "scheduled" | "skipped" | "upstream_failed" | "removed" | "failed";
  readonly reason: string | null;
}

/** All that follows from what is known of a run. */
export interface RunDecisions {
  readonly tasks: readonly TaskDecision[];
  /** Mapped tasks that get their instances. */
  readonly expansions: readonly ExpansionDecision[];
  /** Outputs whose length has to be known before mapped tasks can be decided; ask again with them. */
  readonly wantedLengths: readonly MapOutput[];
}

/** What a decision about mapped tasks rests on. */
export interface DecideOptions extends ExpansionOptions {
  /** Tasks whose instances may have become too many or too few since they were made. Default: none. */
  readonly mayHaveOtherLength?: (taskId: string) => boolean;
}

/**
 * Decides for the candidate tasks, and for whatever follows from these decisions as far as facts were given, to a fixpoint.
 * A task is decided only when facts of all tasks that it needs to know of are there, so partial facts give fewer decisions, never wrong ones.
 * @param candidates task ids in topological order (`graph.order`, `graph.descendantsOf`)
 */
export function decideTasks(
  graph: DagGraph,
  facts: readonly TaskStateFacts[],
  candidates: readonly string[],
  options: DecideOptions = {},
): RunDecisions {
  const index = new InstanceIndex(facts);
  const decided = new Decider(graph, index, options);
  const failed = graph.failFast ? facts.find((fact) => fact.state === "failed" && endsFailFastRun(graph, fact.taskId)) : undefined;
  if (failed !== undefined) decided.failFast(facts, failed.taskId);
  for (const taskId of candidates) {
    // A teardown takes away what was made, whatever became of the run.
    if (failed === undefined || graph.tasks.get(taskId)?.role === "teardown") decided.task(taskId);
  }
  return { tasks: decided.tasks, expansions: decided.expansions, wantedLengths: decided.wantedLengths };
}

/** A failed teardown ends no run, unless it was told to. */
export function endsFailFastRun(graph: DagGraph, taskId: string): boolean {
  const task = graph.tasks.get(taskId);
  return task?.role !== "teardown" || task.onFailureFailDagRun === true;
}

class Decider {
  readonly tasks: TaskDecision[] = [];
  readonly expansions: ExpansionDecision[] = [];
  readonly wantedLengths: MapOutput[] = [];
  readonly #graph: DagGraph;
  readonly #index: InstanceIndex;
  readonly #options: DecideOptions;
  readonly #expanded = new Set<string>();

  constructor(graph: DagGraph, index: InstanceIndex, options: DecideOptions) {
    this.#graph = graph;
    this.#index = index;
    this.#options = options;
  }

  task(taskId: string): void {
    const instances = this.#index.instancesOf(taskId);
    const isAllKnown = this.#graph.neededFor(taskId).every((needed) => this.#index.instancesOf(needed) !== undefined);
    if (instances === undefined || !isAllKnown || this.#expanded.has(taskId)) return;
    const evaluation = evaluateDependencies(this.#graph, taskId, this.#index);
    const ready: TaskStateFacts[] = [];
    for (const instance of instances) {
      if (instance.count !== undefined || this.#index.stateOf(instance) !== "none") continue;
      const { becomes, passed, reason } = evaluation(instance);
      if (becomes !== undefined) this.#decide(instance, becomes, reason);
      else if (passed) ready.push(instance);
    }
    if (ready.length > 0) this.#schedule(taskId, ready);
  }

  /** What may run runs, unless its task has to be given its instances first. */
  #schedule(taskId: string, ready: readonly TaskStateFacts[]): void {
    if (this.#graph.mappingOf(taskId) === undefined) return this.#scheduleAll(ready);
    const isUnexpanded = ready.some((instance) => instance.mapIndex === UNMAPPED);
    if (!isUnexpanded && this.#options.mayHaveOtherLength?.(taskId) !== true) return this.#scheduleAll(ready);
    const outcome = decideExpansion(this.#graph, { taskId, index: this.#index }, this.#options);
    switch (outcome.kind) {
      case "wanted":
        this.wantedLengths.push(...outcome.outputs);
        return;
      case "ends":
        for (const instance of ready) this.#decide(instance, outcome.to, outcome.reason);
        return;
      case "expand": {
        const present = (this.#index.countsOf(taskId) ?? []).reduce((sum, { state, count }) => sum + (state === "removed" ? 0 : count), 0);
        if (isUnexpanded) this.#addExpansion(outcome.expansion);
        else if (present === outcome.expansion.length) this.#scheduleAll(ready);
        else this.#addExpansion({ ...outcome.expansion, to: "none" });
        return;
      }
      case "waits":
        return;
    }
  }

  #addExpansion(expansion: ExpansionDecision): void {
    this.expansions.push(expansion);
    for (const taskId of expansion.taskIds) {
      this.#expanded.add(taskId);
      // Whatever waits for it waits on.
      for (const instance of this.#index.instancesOf(taskId) ?? []) {
        if (this.#index.stateOf(instance) === "none") this.#index.decide(instance.taskInstanceId, "scheduled");
      }
    }
  }

  #scheduleAll(ready: readonly TaskStateFacts[]): void {
    for (const instance of ready) this.#decide(instance, "scheduled", null);
  }

  #decide(instance: TaskStateFacts, to: TaskDecision["to"], reason: string | null): void {
    this.tasks.push({ taskInstanceId: instance.taskInstanceId, from: instance.state, to, reason });
    this.#index.decide(instance.taskInstanceId, to);
  }

  /** The first failure of a fail-fast run: what runs is failed, what waits is skipped; teardowns go their way. */
  failFast(facts: readonly TaskStateFacts[], failedTaskId: string): void {
    const reason = `The run is fail-fast and task "${failedTaskId}" failed.`;
    for (const fact of facts) {
      if (isFinishedTaskState(fact.state) || this.#graph.tasks.get(fact.taskId)?.role === "teardown") continue;
      this.#decide(fact, fact.state === "running" || fact.state === "restarting" ? "failed" : "skipped", reason);
    }
  }
}

/**
 * Whether a run has come to a standstill: tasks are left, and nothing is under way that could ever bring them on.
 * @param facts of all task instances of the run, with the decisions for them already taken into account
 * @returns the decisions that end what is left; empty when the run still moves.
 */
export function decideDeadlock(facts: readonly TaskStateFacts[]): readonly TaskDecision[] {
  const unfinished = facts.filter((fact) => !isFinishedTaskState(fact.state));
  if (unfinished.some((fact) => fact.state !== "none")) return [];
  return unfinished.map(({ taskInstanceId, state, taskId }) => ({
    taskInstanceId,
    from: state,
    to: "upstream_failed",
    reason: `Deadlock: the trigger rule of "${taskId}" cannot be met any more, since all that it waits for has ended.`,
  }));
}

/** The facts as they will be once the decisions are written; what gets its instances counts as under way. */
export function applyDecisions<Facts extends TaskStateFacts>(
  facts: readonly Facts[],
  { tasks, expansions = [] }: { readonly tasks: readonly TaskDecision[]; readonly expansions?: readonly ExpansionDecision[] },
): readonly Facts[] {
  if (tasks.length === 0 && expansions.length === 0) return facts;
  const states = new Map<TaskInstanceId, TaskInstanceState>(tasks.map((decision) => [decision.taskInstanceId, decision.to]));
  const expanded = new Set(expansions.flatMap((expansion) => expansion.taskIds));
  const changed = facts.map((fact) => {
    const state = states.get(fact.taskInstanceId) ?? (fact.state === "none" && expanded.has(fact.taskId) ? "scheduled" : undefined);
    return state === undefined ? fact : { ...fact, state };
  });
  return facts.some((fact) => fact.isTotal === true) ? withTotals(facts, changed) : changed;
}

/** Totals that count a decided instance count it where it is now. */
function withTotals<Facts extends TaskStateFacts>(before: readonly Facts[], after: readonly Facts[]): readonly Facts[] {
  const totals = new Set(before.filter((fact) => fact.isTotal === true).map((fact) => fact.taskId));
  const left = new Map<string, number>();
  for (const [index, fact] of after.entries()) {
    const former = before[index];
    if (former === undefined || former.state === fact.state || fact.mapIndex === UNMAPPED || !totals.has(fact.taskId)) continue;
    const key = `${fact.taskId} ${former.state}`;
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return after.flatMap((fact) => {
    const gone = fact.isTotal === true ? (left.get(`${fact.taskId} ${fact.state}`) ?? 0) : 0;
    if (gone === 0) return [fact];
    const count = (fact.count ?? 0) - gone;
    return count > 0 ? [{ ...fact, count }] : [];
  });
}
