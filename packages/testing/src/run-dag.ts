import { type DagRunState, type DagSpec, type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { AttemptOutcome, AttemptWait } from "@polyflow/contracts/wire";
import {
  type AttemptEndDecision,
  type AttemptFacts,
  type AttemptWaitDecision,
  buildDagGraph,
  type DagGraph,
  decideAttemptEnd,
  decideDeadlock,
  decideRunEnd,
  decideSkippingEnd,
  decideTasks,
  mappedInputOf,
  resolveInputs,
  runIdFor,
  type SourceLengths,
  TASK_CALLBACK_CAUSES,
  tasksThatDecideRunEnd,
} from "@polyflow/lifecycle";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { systemClock } from "@polyflow/service-kit";
import type { RunFacts } from "./attempt-context.ts";
import { MemoryXComs } from "./memory-xcoms.ts";
import { checkedParams } from "./checked-params.ts";
import type { CallbackTestRun, DagTestRun, TaskTestRun } from "./dag-test-run.ts";
import { type MemoryInstance, MemoryInstances } from "./memory-instances.ts";
import { runAttempt } from "./run-attempt.ts";
import { type CallbackEvent, runCallbacks } from "./run-callbacks.ts";
import type { RunDagOptions } from "./run-dag-options.ts";
import { RunTime } from "./run-time.ts";
import { waitInMemory, type WaitingTask } from "./wait-in-memory.ts";

/**
 * Runs a DAG in memory, in this process, one task after another: for tests of DAGs, and for `polyflow dags test`. Order, trigger rules
 * retries and callbacks are decided by the code that decides them in production; callbacks are called at once. Pools, schedules and earlier runs play no part.
 * @throws PolyflowError `params_invalid`
 * @example
 * const run = await runDag(nightly, { conf: { limit: 5 }, variables: { region: "north" } });
 * expect(run.state).toBe("success");
 * expect(run.task("summarise").output).toBe(6);
 */
export async function runDag(definition: DagDefinition, options: RunDagOptions = {}): Promise<DagTestRun> {
  const clock = options.clock ?? systemClock;
  const runAfter = new Date(clock.now());
  const run = new MemoryRun(definition, {
    spec: definition.spec,
    dagId: definition.dagId,
    runId: runIdFor("manual", runAfter),
    logicalDate: options.logicalDate ?? runAfter,
    runAfter,
    params: checkedParams(definition.spec, options.conf ?? {}),
    clock,
    time: new RunTime(clock, options.waitForRetries === true),
    options,
    xcoms: new MemoryXComs(options.earlierXComs),
  });
  return run.execute();
}

class MemoryRun {
  readonly #definition: DagDefinition;
  readonly #facts: RunFacts;
  readonly #graph: DagGraph;
  readonly #instances: MemoryInstances;
  readonly #callbacks: CallbackTestRun[] = [];

  constructor(definition: DagDefinition, facts: RunFacts) {
    this.#definition = definition;
    this.#facts = { ...facts, instancesOf: (taskId) => this.#instances.of(taskId).length };
    this.#graph = buildDagGraph(definition.spec);
    this.#instances = new MemoryInstances(this.#graph, definition.spec);
  }

  async execute(): Promise<DagTestRun> {
    for (;;) {
      const before = new Set(this.#instances.all().filter(({ state }) => state === "failed"));
      this.#decide();
      for (const instance of this.#instances.all()) {
        if (instance.state === "failed" && !before.has(instance)) await this.#callBack(instance, "failure");
      }
      const next = this.#instances.all().find(({ state }) => state === "scheduled");
      if (next === undefined || this.#facts.options.signal?.aborted === true) break;
      await this.#runInstance(next);
    }
    this.#instances.apply(decideDeadlock(this.#instances.states()));
    const result = this.#result();
    const failedTasks = [...new Set(result.tasks.filter(({ state }) => state === "failed").map(({ taskId }) => taskId))];
    const { state } = result;
    const kind = state === "success" ? "success" : "failure";
    this.#callbacks.push(...(await runCallbacks(this.#definition, this.#facts, { kind, state, runState: state, failedTasks })));
    return result;
  }

  async #callBack({ taskId, mapIndex, tries, state, reason }: MemoryInstance, kind: CallbackEvent["kind"]): Promise<void> {
    const maxTries = (this.#graph.tasks.get(taskId)?.retries ?? 0) + 1;
    const event = { kind, taskId, mapIndex, tryNumber: tries, maxTries, state, runState: "running", error: reason ?? undefined };
    this.#callbacks.push(...(await runCallbacks(this.#definition, this.#facts, event)));
  }

  /** What may run becomes `scheduled`; mapped tasks get their instances as soon as it is known how many. */
  #decide(): void {
    let lengths: SourceLengths = new Map();
    for (;;) {
      const decisions = decideTasks(this.#graph, this.#instances.states(), this.#graph.order, { lengths });
      this.#instances.apply(decisions.tasks);
      for (const { taskIds, length, to } of decisions.expansions) this.#instances.expand(taskIds, length, to);
      if (decisions.wantedLengths.length === 0 && decisions.expansions.length === 0) return;
      lengths = new Map([...lengths, ...this.#instances.lengthsOf(decisions.wantedLengths)]);
    }
  }

  async #runInstance(instance: MemoryInstance): Promise<void> {
    const { taskId, mapIndex } = instance;
    const spec = this.#graph.tasks.get(taskId);
    const task = this.#definition.tasks.get(taskId);
    if (spec === undefined || task === undefined)
      throw new PolyflowError("internal", `DAG ${this.#facts.dagId} has no code for its task ${taskId}.`);
    instance.state = "running";
    if (instance.tryStartedAt === undefined) {
      instance.tries += 1;
      await this.#callBack(instance, "execute");
    }
    const { dagId, runId, time } = this.#facts;
    const startedAt = time.now();
    const outputs = this.#instances.outputsFor(instance);
    const attempt = {
      task,
      spec,
      mapIndex,
      tryNumber: instance.tries,
      inputs: resolveInputs(spec.inputs, outputs),
      mapped: mappedInputOf(this.#definition.spec, { taskId, mapIndex, mapOutputs: known(outputs) }),
      wait: waitOf(instance, startedAt),
    };
    const outcome = await runAttempt(this.#facts, attempt, instance);
    const identity = { dagId, runId, taskId, mapIndex, tryNumber: instance.tries, maxTries: spec.retries };
    const tryStartedAt = instance.tryStartedAt ?? startedAt;
    const end = this.#endOf({ ...identity, tryStartedAt, spec: this.#definition.spec }, outcome, time.now());
    if (end.to === "up_for_reschedule" || end.to === "deferred") {
      Object.assign(instance, { state: end.to, tryStartedAt });
      return this.#wait(instance, attempt, { startedAt, end });
    }
    Object.assign(instance, resultOf(instance, outcome, end));
    this.#facts.xcoms.keep(instance, instance.output);
    instance.state = end.to;
    const cause = TASK_CALLBACK_CAUSES.find(({ from, to }) => from === "running" && to === end.to);
    if (cause !== undefined) await this.#callBack(instance, cause.kind);
    if (end.to === "up_for_retry") await time.pass(end.nextRetryAt.getTime() - time.now().getTime(), this.#facts.options.signal);
    instance.state = end.to === "up_for_retry" ? "scheduled" : end.to;
  }

  /** Lets the time pass until the try goes on. */
  async #wait(
    instance: MemoryInstance,
    attempt: Omit<WaitingTask, "wait">,
    { startedAt, end }: { readonly startedAt: Date; readonly end: AttemptWaitDecision },
  ): Promise<void> {
    const waited = { beganAt: instance.waited?.beganAt ?? startedAt, waits: (instance.waited?.waits ?? 0) + 1 };
    const waiting = { ...attempt, wait: { elapsedMs: 0, waits: waited.waits } };
    instance.waited = { ...waited, resumed: await waitInMemory(this.#facts, waiting, end, instance) };
    instance.state = "scheduled";
  }

  #endOf(facts: AttemptFacts & { readonly spec: DagSpec }, outcome: AttemptOutcome, now: Date): AttemptEndDecision {
    if (outcome.kind !== "success" || outcome.skips === undefined) return decideAttemptEnd(facts, outcome, now);
    const { logicalDate, runAfter, options } = this.#facts;
    const { start: dataIntervalStart = logicalDate, end: dataIntervalEnd = logicalDate } = options.dataInterval ?? {};
    const run = { runType: "manual", logicalDate, dataIntervalStart, dataIntervalEnd, runAfter } as const;
    return decideSkippingEnd({ ...facts, ...run }, { ...outcome, skips: outcome.skips }, now);
  }

  #result(): DagTestRun {
    const { dagId, runId } = this.#facts;
    const deciding = tasksThatDecideRunEnd(this.#graph);
    const states = this.#instances.states().filter(({ taskId }) => deciding === undefined || deciding.includes(taskId));
    const end = decideRunEnd(this.#graph, states) ?? { to: "failed" satisfies DagRunState, reason: "The run was aborted." };
    const task = (taskId: string, mapIndex?: number): TaskTestRun => {
      const instances = this.#instances.of(taskId);
      const found = mapIndex === undefined ? instances[0] : instances.find((instance) => instance.mapIndex === mapIndex);
      if (found !== undefined) return found;
      throw new PolyflowError(
        "task_instance_not_found",
        `Task "${taskId}" has ${instances.length} instances, none with index ${mapIndex}.`,
      );
    };
    return { dagId, runId, state: end.to, reason: end.reason, tasks: this.#instances.all(), callbacks: this.#callbacks, task };
  }
}

function known(outputs: ReadonlyMap<string, JsonValue | undefined>): { readonly [taskId: string]: JsonValue } {
  return Object.fromEntries([...outputs].flatMap(([taskId, value]) => (value === undefined ? [] : [[taskId, value]])));
}

/** What a finished try leaves; what it waited for does not count for the next one, but for how long. */
function resultOf(
  { waited }: MemoryInstance,
  outcome: AttemptOutcome,
  end: Exclude<AttemptEndDecision, AttemptWaitDecision>,
): Pick<MemoryInstance, "tryStartedAt" | "waited" | "skips" | "stack" | "reason" | "output" | "mapName"> {
  return {
    tryStartedAt: undefined,
    mapName: "mapName" in outcome ? outcome.mapName : undefined,
    waited: waited === undefined ? undefined : { ...waited, resumed: undefined },
    skips: end.to === "success" ? (end.skips ?? null) : null,
    stack: outcome.kind === "failed" ? outcome.stack : undefined,
    reason: end.to === "success" ? null : end.reason,
    output: end.to === "success" ? end.output : undefined,
  };
}

function waitOf({ waited }: MemoryInstance, now: Date): AttemptWait | undefined {
  if (waited === undefined) return undefined;
  const { beganAt, waits, resumed } = waited;
  return { elapsedMs: now.getTime() - beganAt.getTime(), waits, ...(resumed === undefined ? {} : { resumed }) };
}
