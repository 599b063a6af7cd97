import { setTimeout as pause } from "node:timers/promises";

/** Looks every `everyMs` until `done` answers true. @throws Error that names what was waited for, after `withinMs` */
export async function until(what: string, done: () => boolean, { everyMs = 2, withinMs = 300_000 } = {}): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
    await pause(everyMs);
  }
}
