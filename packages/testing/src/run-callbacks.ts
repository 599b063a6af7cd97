import { type CallbackKind, type LogLine, UNMAPPED } from "@polyflow/contracts";
import type { CallbackOrder } from "@polyflow/contracts/wire";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { type Callback, runCallback } from "@polyflow/sdk/runtime";
import { type AttemptTrail, createAttemptContext, type RunFacts } from "./attempt-context.ts";
import type { CallbackTestRun } from "./dag-test-run.ts";

/** What happened, as callbacks are told of it. */
export interface CallbackEvent {
  readonly kind: Exclude<CallbackKind, "deadline">;
  /** Undefined: it is about the run. */
  readonly taskId?: string;
  readonly mapIndex?: number;
  readonly tryNumber?: number;
  readonly maxTries?: number;
  readonly state: string;
  readonly runState: string;
  readonly error?: string | undefined;
  readonly failedTasks?: readonly string[];
}

/** Calls all functions for what happened, one after another; what they throw is kept, and touches nothing else. */
export async function runCallbacks(definition: DagDefinition, facts: RunFacts, event: CallbackEvent): Promise<readonly CallbackTestRun[]> {
  const done: CallbackTestRun[] = [];
  for (const [index, callback] of functionsFor(definition, event).entries()) {
    done.push(await runOne({ definition, facts, event }, callback, index));
  }
  return done;
}

function functionsFor(definition: DagDefinition, { kind, taskId }: CallbackEvent): readonly Callback[] {
  if (taskId !== undefined) return definition.tasks.get(taskId)?.callbacks?.[kind] ?? [];
  return kind === "success" || kind === "failure" ? (definition.callbacks?.[kind] ?? []) : [];
}

async function runOne(
  { definition, facts, event }: { readonly definition: DagDefinition; readonly facts: RunFacts; readonly event: CallbackEvent },
  callback: Callback,
  index: number,
): Promise<CallbackTestRun> {
  const { kind, taskId, mapIndex = UNMAPPED } = event;
  const log: LogLine[] = [];
  const shown = { kind, name: callback.name, taskId, mapIndex, log };
  for (let attempt = 1; ; attempt += 1) {
    const trail: AttemptTrail = { log, loadReports: [], renderedFields: undefined, assetUpdates: [] };
    const signal = AbortSignal.timeout(callback.timeoutMs);
    const { context, close } = createAttemptContext(
      facts,
      { taskId: taskId ?? "", mapIndex, tryNumber: event.tryNumber ?? 0, signal },
      trail,
    );
    const outcome = await runCallback(definition, orderOf(event, { callback, index, at: facts.time.now() }), context).finally(close);
    if (outcome.kind !== "failed") return { ...shown, state: "success", attempts: attempt, error: undefined };
    if (attempt > callback.retries || outcome.reason === "fatal")
      return { ...shown, state: "failed", attempts: attempt, error: outcome.message };
  }
}

function orderOf(
  event: CallbackEvent,
  { callback, index, at }: { readonly callback: Callback; readonly index: number; readonly at: Date },
): CallbackOrder {
  return {
    kind: event.kind,
    function: index,
    name: callback.name,
    taskId: event.taskId ?? null,
    mapIndex: event.mapIndex ?? UNMAPPED,
    tryNumber: event.tryNumber ?? 0,
    maxTries: event.maxTries ?? 0,
    state: event.state,
    error: event.error ?? null,
    at: at.toISOString(),
    startDate: null,
    endDate: null,
    failedTasks: [...(event.failedTasks ?? [])],
    runState: event.runState,
    deadline: null,
  };
}
