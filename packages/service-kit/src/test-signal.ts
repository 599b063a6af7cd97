/**
 * A point in a service that a test can wait for. In production nobody listens and `emit` costs one comparison.
 * @example
 * const rescued = new TestSignal<string>();
 * const seen = rescued.next();
 * rescued.emit("a");
 * await seen; // "a"
 */
export class TestSignal<Value = void> {
  #waiters: ((value: Value) => void)[] | undefined;

  emit(value: Value): void {
    if (this.#waiters === undefined) return;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const wake of waiters) wake(value);
  }

  next(): Promise<Value> {
    return new Promise((resolve) => {
      this.#waiters ??= [];
      this.#waiters.push(resolve);
    });
  }
}
