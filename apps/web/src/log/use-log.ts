import { useEffect, useState } from "react";
import { type AttemptAddress, type LogLine, readLog } from "../api/tasks.ts";
import { useLiveConnection } from "../live/live-provider.tsx";

/** The server answers as soon as a line comes, at the latest after this time. */
const WAIT_MS = 10_000;
/** Least time between two questions for a running attempt, however fast its lines come; a change of the task asks at once. */
const PACE_MS = 500;
const PACE_HIDDEN_MS = 4_000;
/** A page this large has more behind it. */
const LARGE_PAGE = 400;
const AFTER_PROBLEM_MS = 3_000;

export interface LogState {
  readonly lines: readonly LogLine[];
  /** The attempt has ended and all its lines are here. */
  readonly complete: boolean;
  /** The first answer has not come yet. */
  readonly loading: boolean;
  readonly problem: unknown;
}

const EMPTY: LogState = { lines: [], complete: false, loading: true, problem: null };

/** All lines of an attempt's log, growing while it runs. Asks only while the page is looked at. */
export function useLog(address: AttemptAddress): LogState {
  const { dagId, runId, taskId, mapIndex, tryNumber } = address;
  const live = useLiveConnection();
  const [state, setState] = useState<LogState>(EMPTY);
  useEffect(() => {
    const attempt = { dagId, runId, taskId, mapIndex, tryNumber };
    const stop = new AbortController();
    let wake = () => {};
    const forget = live.onChange((event) => {
      if (event.kind === "resync") wake();
      if (event.kind === "task_instance" && event.runId === runId && event.dagId === dagId && event.taskId === taskId) wake();
    });
    const pause = (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = window.setTimeout(resolve, ms);
        wake = () => {
          window.clearTimeout(timer);
          resolve();
        };
      });
    let after = 0;
    const follow = async () => {
      // The first answer shows what is there, without waiting.
      let waitMs = 0;
      for (;;) {
        const page = await readLog(attempt, { after, waitMs, signal: stop.signal });
        after = page.next;
        const ended = page.complete && page.lines.length === 0;
        setState((before) => ({
          lines: page.lines.length === 0 ? before.lines : [...before.lines, ...page.lines],
          complete: ended,
          loading: false,
          problem: null,
        }));
        if (ended) return;
        waitMs = WAIT_MS;
        if (!page.complete && page.lines.length < LARGE_PAGE) await pause(document.hidden ? PACE_HIDDEN_MS : PACE_MS);
        if (stop.signal.aborted) return;
      }
    };
    setState(EMPTY);
    const start = (): void => {
      follow().catch(async (problem: unknown) => {
        if (stop.signal.aborted) return;
        setState((before) => ({ ...before, loading: false, problem }));
        await pause(AFTER_PROBLEM_MS);
        if (stop.signal.aborted) return;
        start();
      });
    };
    start();
    return () => {
      stop.abort();
      forget();
      wake();
    };
  }, [dagId, runId, taskId, mapIndex, tryNumber, live]);
  return state;
}
