import { PolyflowError } from "@polyflow/contracts";
import type { TaskInstanceRecord } from "@polyflow/store";
import { existingTaskInstance } from "../records/existing-records.ts";
import type { ServerContext } from "../server-context.ts";
import type { AttemptLocation } from "./attempt-log-path.ts";
import type { LogPage } from "./log-reader.ts";

export interface AttemptLogPage extends LogPage {
  /** Nothing will follow: the attempt has ended and all its lines are read. */
  readonly complete: boolean;
}

export interface AttemptLogRequest {
  /** Lines seen already. */
  readonly after: number;
  /** How long to wait when there is no new line yet, in milliseconds. */
  readonly waitMs: number;
  readonly maxLines?: number;
}

/** An attempt that is no longer running may still be sending its last lines; a reader who waits looks again this often. */
const LOOK_AGAIN_MS = 2000;

/**
 * One page of an attempt's log.
 * @throws PolyflowError `task_instance_not_found` when there is no such attempt.
 */
export async function readAttemptLog(
  context: ServerContext,
  location: AttemptLocation,
  request: AttemptLogRequest,
): Promise<AttemptLogPage> {
  const deadline = context.clock.monotonicMs() + request.waitMs;
  for (;;) {
    // Listening begins before reading, so that a line that comes between the two wakes the waiter.
    const waiter = newWaiter(context, location);
    try {
      // The state is read before the lines: what is written before the end is then surely in the page.
      const isOver = hasEnded(await existingAttempt(context, location), location.tryNumber);
      const page = await context.logs.read(location, request.after, request.maxLines === undefined ? {} : { maxLines: request.maxLines });
      const restMs = deadline - context.clock.monotonicMs();
      const complete = isOver && !page.more;
      if (page.lines.length > 0 || complete || restMs <= 0 || context.closing.aborted) return { ...page, complete };
      await waiter.wait(Math.min(restMs, LOOK_AGAIN_MS));
    } finally {
      waiter.stop();
    }
  }
}

async function existingAttempt(context: ServerContext, location: AttemptLocation): Promise<TaskInstanceRecord> {
  const instance = await existingTaskInstance(context.store, location);
  if (location.tryNumber <= instance.tryNumber) return instance;
  throw new PolyflowError(
    "task_instance_not_found",
    `Task "${location.taskId}" has no try ${location.tryNumber} in run "${location.runId}"; its newest is ${instance.tryNumber}.`,
  );
}

function hasEnded(instance: TaskInstanceRecord, tryNumber: number): boolean {
  if (tryNumber < instance.tryNumber) return true;
  return !(instance.state === "queued" || instance.state === "running" || instance.state === "restarting" || instance.state === "deferred");
}

/** Resolves at the next line of the log, at a change of the task instance, when the server closes, or after the time. */
function newWaiter(context: ServerContext, location: AttemptLocation): { wait(ms: number): Promise<void>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  const stops = [
    context.logs.subscribe(location, wake),
    context.store.subscribe((event) => {
      if (event.kind === "task_instance" && event.runId === location.runId && event.taskId === location.taskId) wake();
    }),
  ];
  context.closing.addEventListener("abort", wake);
  return {
    wait: (ms) => {
      stops.push(context.clock.schedule(ms, wake));
      return promise;
    },
    stop: () => {
      for (const stop of stops) stop();
      context.closing.removeEventListener("abort", wake);
    },
  };
}
