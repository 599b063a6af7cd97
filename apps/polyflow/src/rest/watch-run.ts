import { isFinishedRunState } from "@polyflow/contracts";
import { type UiRun, uiLogPage, uiRun } from "@polyflow/contracts/wire";
import type { Clock } from "@polyflow/service-kit";
import { type LogAddress, paths } from "./paths.ts";
import type { RestClient } from "./rest-client.ts";

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
export async function watchRun(
  client: RestClient,
  run: { readonly dagId: string; readonly runId: string },
  options: WatchOptions,
): Promise<UiRun | undefined> {
  const { clock, timeoutMs } = options;
  const deadline = timeoutMs === undefined ? undefined : clock.monotonicMs() + timeoutMs;
  let seen = "";
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const now = await client.get(paths.uiRun(run.dagId, run.runId), uiRun);
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
export async function describeFailures(client: RestClient, run: UiRun): Promise<readonly string[]> {
  const described: string[] = [];
  for (const task of run.tasks.filter((candidate) => candidate.state === "failed")) {
    described.push(
      `${task.task_id} failed${task.try_number > 1 ? ` at try ${task.try_number}` : ""}: ${task.reason ?? "no reason was given"}`,
    );
    if (task.try_number < 1) continue;
    const address = { dagId: run.dag_id, runId: run.run_id, taskId: task.task_id, mapIndex: task.map_index, tryNumber: task.try_number };
    described.push(...(await readWholeLog(client, address)).slice(-LAST_LOG_LINES).map((line) => `    ${line}`));
  }
  return described;
}

/** All lines written so far, as text. */
async function readWholeLog(client: RestClient, address: LogAddress): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let after = 0; ; ) {
    const page = await client.get(paths.uiLog(address, after), uiLogPage);
    lines.push(...page.lines.map(logText));
    if (page.lines.length === 0 || page.next === after) return lines;
    after = page.next;
  }
}

/** Hands over a log's lines as they come, until the attempt has ended (or, without `follow`, what there is). */
export async function followLog(
  client: RestClient,
  address: LogAddress,
  options: { readonly clock: Clock; readonly follow: boolean; onLine(line: string): void },
): Promise<void> {
  for (let after = 0; ; ) {
    const page = await client.get(paths.uiLog(address, after), uiLogPage);
    for (const line of page.lines) options.onLine(logText(line));
    if (page.next === after && (page.complete || !options.follow)) return;
    if (page.next === after) await pause(options.clock, LONGEST_PAUSE_MS / 4);
    after = page.next;
  }
}

function logText(line: { readonly at: string; readonly level: string; readonly message: string }): string {
  return `${line.at} ${line.level.toUpperCase().padEnd(7)} ${line.message}`;
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}
