import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

/** Rows of one table that go to paper; the paper says so where there are more. */
export const MOST_PRINTED = 5_000;

const SCHEME = "data-mantine-color-scheme";
const listeners = new Set<() => void>();
let isPrinting = false;
let screenScheme: string | null = null;

/** Makes the page ready for paper whenever it is printed, by the menu of the browser as well: in light colours and in full. */
export function watchPrinting(): void {
  window.addEventListener("beforeprint", () => setPrinting(true));
  window.addEventListener("afterprint", () => setPrinting(false));
  window.matchMedia("print").addEventListener("change", ({ matches }) => setPrinting(matches));
}

/** Whether the page is being put on paper: then tables show all their rows, not only those on the screen. */
export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => isPrinting);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setPrinting(next: boolean): void {
  if (next === isPrinting) return;
  isPrinting = next;
  const page = document.documentElement;
  if (next) {
    screenScheme = page.getAttribute(SCHEME);
    page.setAttribute(SCHEME, "light");
  } else if (screenScheme !== null) page.setAttribute(SCHEME, screenScheme);
  // The browser takes the page as it is when this returns.
  flushSync(() => {
    for (const listener of listeners) listener();
  });
}
