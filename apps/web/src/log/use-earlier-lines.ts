import type { LogLevel } from "@polyflow/contracts";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type AttemptAddress, readLog, searchLog } from "../api/tasks.ts";
import type { NumberedLine } from "./log-filter.ts";

/** Typing goes on for so long before the server is asked. */
const TYPING_MS = 300;
/** More than anybody reads; the search says that it stopped. */
const MOST_FOUND = 10_000;
/** Lines shown around one that was found. */
const AROUND = 100;

export interface EarlierQuestion {
  readonly search: string;
  readonly level: LogLevel;
  /** The lines before the first that is here: those that the server looks through. */
  readonly until: number;
}

export interface EarlierFound {
  /** Found lines and what was opened around them, by number. */
  readonly lines: readonly NumberedLine[];
  /** Lines looked at so far; null when nothing is looked for. */
  readonly scanned: number | null;
  readonly done: boolean;
  readonly problem: unknown;
  /** Reads the lines around one. */
  readonly openAround: (number: number) => Promise<void>;
}

interface State {
  readonly found: readonly NumberedLine[];
  readonly scanned: number | null;
  readonly done: boolean;
  readonly problem: unknown;
}

const NOTHING: State = { found: [], scanned: null, done: true, problem: null };
const NO_LINES: readonly NumberedLine[] = [];

/** Looks on the server for lines of the part of a log that is not here; shows what it finds as it is found. */
export function useEarlierLines(address: AttemptAddress, { search, level, until }: EarlierQuestion): EarlierFound {
  const { dagId, runId, taskId, mapIndex, tryNumber } = address;
  const [state, setState] = useState<State>(NOTHING);
  const [around, setAround] = useState(NO_LINES);
  const isWanted = until > 0 && (search !== "" || level !== "debug");
  useEffect(() => {
    setState(NOTHING);
    if (!isWanted) return;
    const attempt = { dagId, runId, taskId, mapIndex, tryNumber };
    const stop = new AbortController();
    const look = async () => {
      const found: NumberedLine[] = [];
      for (let after = 0; ; ) {
        const page = await searchLog(attempt, { text: search, level, after, until, signal: stop.signal });
        for (const { number, ...line } of page.lines) found.push({ number, line });
        after = page.next;
        const done = page.done || found.length >= MOST_FOUND;
        setState({ found: [...found], scanned: after, done, problem: null });
        if (done) return;
      }
    };
    const timer = window.setTimeout(() => {
      setState({ ...NOTHING, scanned: 0, done: false });
      look().catch((problem: unknown) => {
        if (!stop.signal.aborted) setState((before) => ({ ...before, done: true, problem }));
      });
    }, TYPING_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [dagId, runId, taskId, mapIndex, tryNumber, search, level, until, isWanted]);
  const openAround = useCallback(
    async (number: number) => {
      const after = Math.max(0, number - AROUND - 1);
      const { signal } = new AbortController();
      const page = await readLog({ dagId, runId, taskId, mapIndex, tryNumber }, { after, waitMs: 0, signal });
      const lines = page.lines.slice(0, 2 * AROUND + 1).map((line, index) => ({ number: after + index + 1, line }));
      setAround((before) => [...before, ...lines]);
    },
    [dagId, runId, taskId, mapIndex, tryNumber],
  );
  const lines = useMemo(() => merged([...state.found, ...(isWanted ? around : NO_LINES)], until), [state.found, around, isWanted, until]);
  return { lines, scanned: state.scanned, done: state.done, problem: state.problem, openAround };
}

/** Each line once, in the order of the log, without those that are shown anyway. */
function merged(lines: readonly NumberedLine[], until: number): readonly NumberedLine[] {
  const byNumber = new Map(lines.filter(({ number }) => number <= until).map((each) => [each.number, each]));
  return [...byNumber.values()].toSorted((left, right) => left.number - right.number);
}
