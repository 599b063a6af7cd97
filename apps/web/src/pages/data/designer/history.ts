/** What can be undone: states before and after the present one. */
export interface History<State> {
  readonly past: readonly State[];
  readonly now: State;
  readonly future: readonly State[];
  /** What was changed last: the letters of one text are one change. */
  readonly mark: string | undefined;
}

const MOST_STEPS = 200;

export function beginHistory<State>(now: State): History<State> {
  return { past: [], now, future: [], mark: undefined };
}

/** @param mark changes of the same mark, one after the other, are undone together */
export function changed<State>(history: History<State>, next: State, mark?: string): History<State> {
  if (mark !== undefined && mark === history.mark) return { ...history, now: next, future: [] };
  return { past: [...history.past, history.now].slice(-MOST_STEPS), now: next, future: [], mark };
}

export function undone<State>(history: History<State>): History<State> {
  const now = history.past.at(-1);
  if (now === undefined) return history;
  return { past: history.past.slice(0, -1), now, future: [history.now, ...history.future], mark: undefined };
}

export function redone<State>(history: History<State>): History<State> {
  const [now, ...future] = history.future;
  if (now === undefined) return history;
  return { past: [...history.past, history.now], now, future, mark: undefined };
}
