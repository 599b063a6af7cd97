import {
  brand,
  type DagRunState,
  type DagSpec,
  type JsonValue,
  PolyflowError,
  type TaskInstanceId,
  type TaskInstanceState,
  UNMAPPED,
} from "@polyflow/contracts";
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
  resolveInputs,
  runIdFor,
  type TaskDecision,
  tasksThatDecideRunEnd,
  type TaskStateFacts,
} from "@polyflow/lifecycle";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { systemClock } from "@polyflow/service-kit";
import type { AttemptTrail, RunFacts } from "./attempt-context.ts";
import { keepOutput } from "./memory-xcoms.ts";
import { checkedParams } from "./checked-params.ts";
import type { DagTestRun, TaskTestRun } from "./dag-test-run.ts";
import { runAttempt } from "./run-attempt.ts";
import type { RunDagOptions } from "./run-dag-options.ts";
import { RunTime } from "./run-time.ts";
import { waitInMemory, type WaitingTask } from "./wait-in-memory.ts";

/**
 * Runs a DAG in memory, in this process, one task after another: for tests of DAGs, and for `polyflow dags test`. Order, trigger rules
 * and retries are decided by the code that decides them in production. Pools, schedules and earlier runs play no part.
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
    dagId: definition.dagId,
    runId: runIdFor("manual", runAfter),
    logicalDate: options.logicalDate ?? runAfter,
    runAfter,
    params: checkedParams(definition.spec, options.conf ?? {}),
    clock,
    time: new RunTime(clock, options.waitForRetries === true),
    options,
    xcoms: new Map(),
  });
  return run.execute();
}

/** A task instance of the run, as it stands now. */
interface Instance extends AttemptTrail {
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

class MemoryRun {
  readonly #definition: DagDefinition;
  readonly #facts: RunFacts;
  readonly #graph: DagGraph;
  readonly #instances: ReadonlyMap<string, Instance>;

  constructor(definition: DagDefinition, facts: RunFacts) {
    this.#definition = definition;
    this.#facts = facts;
    this.#graph = buildDagGraph(definition.spec);
    this.#instances = new Map(
      this.#graph.order.map((taskId) => [
        taskId,
        {
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
          renderedFields: undefined,
        },
      ]),
    );
  }

  async execute(): Promise<DagTestRun> {
    for (;;) {
      this.#apply(decideTasks(this.#graph, this.#states(), this.#graph.order).tasks);
      const next = this.#graph.order.find((taskId) => this.#instance(taskId).state === "scheduled");
      if (next === undefined || this.#facts.options.signal?.aborted === true) break;
      await this.#runTask(next);
    }
    this.#apply(decideDeadlock(this.#states()));
    return this.#result();
  }

  async #runTask(taskId: string): Promise<void> {
    const instance = this.#instance(taskId);
    const spec = this.#graph.tasks.get(taskId);
    const task = this.#definition.tasks.get(taskId);
    if (spec === undefined || task === undefined)
      throw new PolyflowError("internal", `DAG ${this.#facts.dagId} has no code for its task ${taskId}.`);
    const outputs = new Map([...this.#instances].map(([id, { output }]) => [id, output]));
    instance.state = "running";
    if (instance.tryStartedAt === undefined) instance.tries += 1;
    const { dagId, runId, time } = this.#facts;
    const startedAt = time.now();
    const wait = waitOf(instance, startedAt);
    const attempt = { task, spec, tryNumber: instance.tries, inputs: resolveInputs(spec.inputs, outputs), wait };
    const outcome = await runAttempt(this.#facts, attempt, instance);
    const identity = { dagId, runId, taskId, mapIndex: UNMAPPED, tryNumber: instance.tries, maxTries: spec.retries };
    const tryStartedAt = instance.tryStartedAt ?? startedAt;
    const end = this.#endOf({ ...identity, tryStartedAt, spec: this.#definition.spec }, outcome, time.now());
    if (end.to === "up_for_reschedule" || end.to === "deferred") {
      Object.assign(instance, { state: end.to, tryStartedAt });
      return this.#wait(instance, attempt, { startedAt, end });
    }
    Object.assign(instance, resultOf(instance, outcome, end));
    keepOutput(this.#facts.xcoms, taskId, instance.output);
    if (end.to === "up_for_retry") await time.pass(end.nextRetryAt.getTime() - time.now().getTime(), this.#facts.options.signal);
    instance.state = end.to === "up_for_retry" ? "scheduled" : end.to;
  }

  /** Lets the time pass until the try goes on. */
  async #wait(
    instance: Instance,
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

  #states(): readonly TaskStateFacts[] {
    return [...this.#instances].map(([taskId, { state, skips }]) => ({
      taskInstanceId: brand<TaskInstanceId>(taskId),
      taskId,
      mapIndex: UNMAPPED,
      state,
      skips,
    }));
  }

  #apply(decisions: readonly TaskDecision[]): void {
    for (const { taskInstanceId, to, reason } of decisions) {
      const instance = this.#instance(taskInstanceId);
      instance.state = to;
      instance.reason = reason;
    }
  }

  #instance(taskId: string): Instance {
    const instance = this.#instances.get(taskId);
    if (instance !== undefined) return instance;
    const known = [...this.#instances.keys()].join(", ");
    throw new PolyflowError("task_instance_not_found", `DAG ${this.#facts.dagId} has no task "${taskId}". It has: ${known}.`);
  }

  #result(): DagTestRun {
    const { dagId, runId } = this.#facts;
    const deciding = tasksThatDecideRunEnd(this.#graph);
    const states = this.#states().filter(({ taskId }) => deciding === undefined || deciding.includes(taskId));
    const end = decideRunEnd(this.#graph, states) ?? { to: "failed" satisfies DagRunState, reason: "The run was aborted." };
    const show = (taskId: string): TaskTestRun => ({ taskId, ...this.#instance(taskId) });
    return { dagId, runId, state: end.to, reason: end.reason, tasks: this.#graph.order.map(show), task: show };
  }
}

/** What a finished try leaves; what it waited for does not count for the next one, but for how long. */
function resultOf(
  { waited }: Instance,
  outcome: AttemptOutcome,
  end: Exclude<AttemptEndDecision, AttemptWaitDecision>,
): Pick<Instance, "tryStartedAt" | "waited" | "skips" | "stack" | "reason" | "output"> {
  return {
    tryStartedAt: undefined,
    waited: waited === undefined ? undefined : { ...waited, resumed: undefined },
    skips: end.to === "success" ? (end.skips ?? null) : null,
    stack: outcome.kind === "failed" ? outcome.stack : undefined,
    reason: end.to === "success" ? null : end.reason,
    output: end.to === "success" ? end.output : undefined,
  };
}

function waitOf({ waited }: Instance, now: Date): AttemptWait | undefined {
  if (waited === undefined) return undefined;
  const { beganAt, waits, resumed } = waited;
  return { elapsedMs: now.getTime() - beganAt.getTime(), waits, ...(resumed === undefined ? {} : { resumed }) };
}
