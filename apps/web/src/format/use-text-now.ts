import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = window.setInterval(tick, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/**
 * A text that depends on the present: whoever shows it is drawn again only when the text changes, not every second.
 * @param text what to show at a time, in milliseconds since the epoch
 */
export function useTextNow(text: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => text(now));
}
