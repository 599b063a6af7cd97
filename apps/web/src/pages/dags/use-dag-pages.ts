import { useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type DagListFilter, dagListQuery, type UiDag } from "../../api/dags.ts";

/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD = 20;

export interface DagPages {
  readonly dags: readonly UiDag[];
  /** Whether more processes follow. */
  readonly more: boolean;
  /** Says which rows are in view: the others are kept but not refreshed, and what follows is loaded in time. */
  readonly look: (first: number, last: number) => void;
}

/** The list as far as it was scrolled: page after page, each beginning where the one before ended. */
export function useDagPages(filter: DagListFilter): DagPages {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const [view, setView] = useState({ first: 0, last: 0 });
  const key = JSON.stringify(filter);
  const [shownKey, setShownKey] = useState(key);
  if (shownKey !== key) {
    setShownKey(key);
    setCursors([null]);
  }
  const answers = useQueries({
    queries: cursors.map((after, page) => {
      const query = dagListQuery(filter, after);
      return { ...query, enabled: page === 0 || isNear(page, view) || page === cursors.length - 1 };
    }),
  });
  const dags = answers.flatMap((answer) => answer.data?.dags ?? []);
  const last = answers.at(-1)?.data;
  const next = last?.next ?? null;
  const isShort = view.last >= dags.length - AHEAD;
  useEffect(() => {
    if (next !== null && isShort) setCursors((before) => (before.includes(next) ? before : [...before, next]));
  }, [next, isShort]);
  return {
    dags,
    more: next !== null || last === undefined,
    look: (first, lastRow) => setView((before) => (before.first === first && before.last === lastRow ? before : { first, last: lastRow })),
  };
}

const PAGE = 50;

function isNear(page: number, view: { readonly first: number; readonly last: number }): boolean {
  return page >= Math.floor(view.first / PAGE) - 1 && page <= Math.floor(view.last / PAGE) + 1;
}
