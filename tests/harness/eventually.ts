import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again until the answer is not undefined, at most for `withinMs`.
 * @throws Error that names what was waited for and, where `describe` is given, what was seen last.
 */
export async function eventually<Value>(
  what: string,
  ask: () => Value | undefined | Promise<Value | undefined>,
  options: { readonly withinMs?: number; readonly describe?: () => string } = {},
): Promise<Value> {
  const withinMs = options.withinMs ?? 30_000;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for: ${what}\n${options.describe?.() ?? ""}`);
    await pause(25);
  }
}
