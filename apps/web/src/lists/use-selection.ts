import { useMemo, useState } from "react";

/** Which rows are ticked. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  toggle(key: string): void;
  set(keys: readonly string[]): void;
}

/** Keeps ticks of rows that are shown; those of rows that are gone are dropped. */
export function useSelection(shown: readonly string[]): Selection {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const shownText = shown.join("\n");
  const keys = useMemo(() => new Set(shownText.split("\n").filter((key) => ticked.has(key))), [ticked, shownText]);
  return {
    keys,
    toggle: (key) =>
      setTicked((before) => {
        const after = new Set(before);
        if (!after.delete(key)) after.add(key);
        return after;
      }),
    set: (chosen) => setTicked(new Set(chosen)),
  };
}
