/** Asks until the answer is there; throws after the deadline. For what another process or a stream has to do first. */
export async function eventually<Value>(ask: () => Value | undefined | Promise<Value | undefined>, timeoutMs = 30_000): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`nothing came within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
