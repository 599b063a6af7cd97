import type { JsonValue } from "@polyflow/contracts";
import type { AttemptWait, MappedInput } from "@polyflow/contracts/wire";
import { type AttemptWaitDecision, hasTimedOut } from "@polyflow/lifecycle";
import { pokeDelayMs, type TaskDefinition, watchTask } from "@polyflow/sdk/runtime";
import { type AttemptTrail, createAttemptContext, type RunFacts } from "./attempt-context.ts";

/** A task that waits between two of its attempts. */
export interface WaitingTask {
  readonly task: TaskDefinition;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly inputs: { readonly [name: string]: JsonValue };
  readonly mapped: MappedInput | undefined;
  readonly wait: AttemptWait;
}

/** Lets the time pass that a task waits, and looks in between where it wants that, as the scheduler and a triggerer do. */
export async function waitInMemory(
  facts: RunFacts,
  waiting: WaitingTask,
  decision: AttemptWaitDecision,
  trail: AttemptTrail,
): Promise<AttemptWait["resumed"]> {
  if (decision.to === "up_for_reschedule") {
    await facts.time.pass(decision.wakeAt.getTime() - facts.time.now().getTime(), facts.options.signal);
    return undefined;
  }
  const { trigger, timeoutAt, wakeAt, state } = decision;
  const kept = state === undefined ? {} : { state };
  if (trigger.kind === "time") {
    await facts.time.pass((wakeAt?.getTime() ?? 0) - facts.time.now().getTime(), facts.options.signal);
    return { ...kept, timedOut: hasTimedOut(trigger, timeoutAt, false) };
  }
  const rhythm = { intervalMs: trigger.everyMs, exponentialBackoff: trigger.backoff, maxWaitMs: trigger.maxWaitMs };
  for (let looks = 1; facts.options.signal?.aborted !== true; looks++) {
    const leftMs = timeoutAt === null ? Number.POSITIVE_INFINITY : timeoutAt.getTime() - facts.time.now().getTime();
    if (leftMs <= 0) return { ...kept, timedOut: true };
    await facts.time.pass(Math.min(pokeDelayMs(rhythm, looks, waiting.task.taskId), leftMs), facts.options.signal);
    const event = await lookOnce(facts, waiting, { state, trail });
    if (event !== undefined) return { ...kept, timedOut: false, event };
  }
  return { ...kept, timedOut: true };
}

async function lookOnce(
  facts: RunFacts,
  { task, mapIndex, tryNumber, inputs, mapped, wait }: WaitingTask,
  { state, trail }: { readonly state: JsonValue | undefined; readonly trail: AttemptTrail },
): ReturnType<typeof watchTask> {
  const signal = facts.options.signal ?? new AbortController().signal;
  const { context, close } = createAttemptContext(facts, { taskId: task.taskId, mapIndex, tryNumber, signal, wait }, trail);
  try {
    return await watchTask(task, { state, input: inputs, mapped, context });
  } finally {
    await close();
  }
}
