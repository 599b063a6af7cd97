import { isFinishedRunState } from "@polyflow/contracts";
import type { UiRun } from "@polyflow/contracts/wire";
import type { Clock } from "@polyflow/service-kit";
import { logText, readLog } from "./attempt-log.ts";
import { pause } from "./pause.ts";
import type { RunAddress, ServerConnection } from "./server-connection.ts";

/** Short runs are over in a blink; long ones need not be asked about ten times a second. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
const LAST_LOG_LINES = 20;

export interface WatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number | undefined;
  /** Called when a state has changed. */
  onChange(run: UiRun): void;
}

/** Follows a run to its end. @returns undefined when `timeoutMs` has passed before. */
export async function watchRun(server: ServerConnection, run: RunAddress, options: WatchOptions): Promise<UiRun | undefined> {
  const { clock, timeoutMs } = options;
  const deadline = timeoutMs === undefined ? undefined : clock.monotonicMs() + timeoutMs;
  let seen = "";
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const now = await server.readRun(run);
    const states = progressLine(now);
    if (states !== seen) {
      seen = states;
      pauseMs = FIRST_PAUSE_MS;
      options.onChange(now);
    }
    if (isFinishedRunState(now.state)) return now;
    if (deadline !== undefined && clock.monotonicMs() > deadline) return undefined;
    await pause(clock, pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
}

/** "running: 2 success, 1 running, 3 none" */
export function progressLine(run: UiRun): string {
  const counts = new Map<string, number>();
  for (const task of run.tasks) counts.set(task.state, (counts.get(task.state) ?? 0) + 1);
  return `${run.state}: ${[...counts].map(([state, count]) => `${count} ${state}`).join(", ")}`;
}

/** The last lines of each failed task's log, with the reason of its failure. */
export async function describeFailures(server: ServerConnection, run: UiRun, clock: Clock): Promise<readonly string[]> {
  const described: string[] = [];
  for (const task of run.tasks.filter((candidate) => candidate.state === "failed")) {
    const name = task.map_index < 0 ? task.task_id : `${task.task_id}[${task.map_index}]`;
    described.push(`${name} failed${task.try_number > 1 ? ` at try ${task.try_number}` : ""}: ${task.reason ?? "no reason was given"}`);
    if (task.try_number < 1) continue;
    const attempt = { dagId: run.dag_id, runId: run.run_id, taskId: task.task_id, mapIndex: task.map_index, tryNumber: task.try_number };
    const last: string[] = [];
    for await (const line of readLog(server, attempt, { clock, follow: false })) {
      // Our own stack traces are at that level; a person who reads why a run failed is better off without.
      if (line.level === "debug") continue;
      last.push(`    ${logText(line)}`);
      if (last.length > LAST_LOG_LINES) last.shift();
    }
    described.push(...last);
  }
  return described;
}
