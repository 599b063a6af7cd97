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
  /** Lines of the log before these; of a long log only the end is read at first. */
  readonly first: number;
  /** The attempt has ended and all its lines are here. */
  readonly complete: boolean;
  /** The first answer has not come yet. */
  readonly loading: boolean;
  readonly problem: unknown;
}

/** Lines that are read at first, and more each time earlier ones are asked for: a log of a million opens as fast as one of ten thousand. */
const PORTION = 10_000;

const EMPTY: LogState = { lines: [], first: 0, complete: false, loading: true, problem: null };

export interface FollowedLog extends LogState {
  /** Reads a portion of the lines before the first. */
  readonly showEarlier: () => Promise<void>;
}

/** The lines of an attempt's log from near its end, growing while it runs. Asks only while the page is looked at. */
export function useLog(address: AttemptAddress): FollowedLog {
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
    let after: number | undefined;
    const follow = async () => {
      // The first answer shows what is there, without waiting.
      let waitMs = 0;
      for (;;) {
        const place = after === undefined ? { after: 0, tail: PORTION } : { after };
        const page = await readLog(attempt, { ...place, waitMs, signal: stop.signal });
        const isFirst = after === undefined;
        after = page.next;
        const ended = page.complete && page.lines.length === 0;
        setState((before) => ({
          lines: page.lines.length === 0 ? before.lines : [...before.lines, ...page.lines],
          first: isFirst ? page.first : before.first,
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
  const { first } = state;
  const showEarlier = async () => {
    const from = Math.max(0, first - PORTION);
    const earlier: LogLine[] = [];
    const { signal } = new AbortController();
    for (let after = from; after < first; ) {
      const page = await readLog({ dagId, runId, taskId, mapIndex, tryNumber }, { after, waitMs: 0, signal });
      if (page.lines.length === 0) break;
      earlier.push(...page.lines.slice(0, first - after));
      after = page.next;
    }
    setState((before) =>
      before.first === first ? { ...before, first: first - earlier.length, lines: [...earlier, ...before.lines] } : before,
    );
  };
  return { ...state, showEarlier };
}
