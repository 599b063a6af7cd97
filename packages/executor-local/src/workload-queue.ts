import type { Workload } from "@polyflow/executor";

interface Entry {
  readonly workload: Workload;
  readonly order: number;
}

/** Waiting workloads: highest priority first, among equals the oldest. Adding and taking cost the logarithm of the length. */
export class WorkloadQueue {
  /** A binary heap: no entry stands before the one at half its index. */
  readonly #heap: Entry[] = [];
  readonly #waiting = new Set<string>();
  #added = 0;

  get size(): number {
    return this.#waiting.size;
  }

  has(attemptId: string): boolean {
    return this.#waiting.has(attemptId);
  }

  add(workload: Workload): void {
    this.#waiting.add(workload.attemptId);
    this.#heap.push({ workload, order: this.#added });
    this.#added += 1;
    this.#rise(this.#heap.length - 1);
  }

  /** Undefined when nothing waits. */
  take(): Workload | undefined {
    for (;;) {
      const entry = this.#takeFirst();
      if (entry === undefined) return undefined;
      // a removed workload leaves its entry behind until its turn comes
      if (this.#waiting.delete(entry.workload.attemptId)) return entry.workload;
    }
  }

  remove(attemptId: string): void {
    this.#waiting.delete(attemptId);
  }

  clear(): void {
    this.#heap.length = 0;
    this.#waiting.clear();
  }

  #takeFirst(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, above)) return;
      index = above;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const first = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(first, index)) return;
      index = first;
    }
  }

  #swapIfBefore(index: number, other: number): boolean {
    const mine = this.#heap[index];
    const others = this.#heap[other];
    if (mine === undefined || others === undefined || !this.#isBefore(index, other)) return false;
    this.#heap[index] = others;
    this.#heap[other] = mine;
    return true;
  }

  #isBefore(index: number, other: number): boolean {
    const mine = this.#heap[index];
    const others = this.#heap[other];
    if (mine === undefined || others === undefined) return false;
    const byPriority = mine.workload.priorityWeight - others.workload.priorityWeight;
    return byPriority > 0 || (byPriority === 0 && mine.order < others.order);
  }
}
