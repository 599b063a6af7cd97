import { useCallback, useState } from "react";

/** The groups of a log that the reader has closed, by the numbers of their first lines. */
export function useClosedGroups(): readonly [ReadonlySet<number>, (number: number) => void] {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const toggle = useCallback((number: number) => {
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(number)) next.add(number);
      return next;
    });
  }, []);
  return [closed, toggle];
}
