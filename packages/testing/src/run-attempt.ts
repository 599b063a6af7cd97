import type { JsonValue, TaskSpec } from "@polyflow/contracts";
import type { AttemptOutcome, AttemptWait, MappedInput } from "@polyflow/contracts/wire";
import { runTask, type TaskDefinition } from "@polyflow/sdk/runtime";
import { type AttemptTrail, createAttemptContext, type RunFacts } from "./attempt-context.ts";

/** One try of a task. */
export interface Attempt {
  readonly task: TaskDefinition;
  readonly spec: TaskSpec;
  /** -1 for a task that is not mapped. */
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly inputs: { readonly [name: string]: JsonValue };
  /** Of an instance of a mapped task. */
  readonly mapped: MappedInput | undefined;
  readonly wait: AttemptWait | undefined;
}

/**
 * Runs one try with the task's execution timeout. A function that does not heed `ctx.signal` is left to itself when the time is up;
 * one that never lets go of the thread cannot be interrupted.
 */
export async function runAttempt(
  facts: RunFacts,
  { task, spec, mapIndex, tryNumber, inputs, mapped, wait }: Attempt,
  trail: AttemptTrail,
): Promise<AttemptOutcome> {
  const abort = new AbortController();
  const { signal: runSignal } = facts.options;
  const signal = runSignal === undefined ? abort.signal : AbortSignal.any([abort.signal, runSignal]);
  if (wait === undefined) facts.xcoms.forget({ taskId: spec.taskId, mapIndex });
  const { context, assetUpdates, close } = createAttemptContext(
    facts,
    { taskId: spec.taskId, mapIndex, tryNumber, signal, wait, outlets: spec.outlets ?? [], inlets: spec.inlets ?? [] },
    trail,
  );
  const timedOut = Promise.withResolvers<AttemptOutcome>();
  const cancelTimeout =
    spec.executionTimeoutMs === undefined
      ? () => undefined
      : facts.clock.schedule(spec.executionTimeoutMs, () => {
          const message = `The task ran longer than its execution timeout of ${spec.executionTimeoutMs} ms.`;
          abort.abort(new Error(message));
          timedOut.resolve({ kind: "failed", reason: "timeout", message });
        });
  try {
    const outcome = await Promise.race([
      runTask({ task, input: inputs, mapped, context, onRendered: (fields) => void (trail.renderedFields = fields) }),
      timedOut.promise,
    ]);
    trail.assetUpdates = outcome.kind === "success" ? assetUpdates() : [];
    return outcome;
  } finally {
    cancelTimeout();
    await close();
  }
}
