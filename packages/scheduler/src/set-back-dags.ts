import type { AskedDag } from "@polyflow/store";
import { backoffMs } from "@polyflow/service-kit";
import type { SchedulerContext } from "./scheduler-context.ts";

/** `busy`: somebody else's transaction holds the DAG. `failed`: its timetable cannot be asked, or what it said cannot be written. */
export type SetBackReason = "busy" | "failed";

const BACKOFF = { busy: { firstMs: 20, maxMs: 2_000 }, failed: { firstMs: 1_000, maxMs: 60_000 } } as const;

interface SetBack extends AskedDag {
  readonly reason: SetBackReason;
  /** How often in a row. */
  readonly times: number;
  readonly untilMs: number;
  readonly cancel: () => void;
}

/** DAGs whose schedule cannot be brought on just now: they are left out for a while that grows, and hold nobody else up. */
export class SetBackDags {
  readonly #context: SchedulerContext;
  readonly #random: () => number;
  readonly #dags = new Map<string, SetBack>();
  #waiting: readonly string[] = [];

  constructor(context: SchedulerContext, random: () => number) {
    this.#context = context;
    this.#random = random;
  }

  /** So many DAGs are listed as due and bring nothing. */
  get size(): number {
    return this.#dags.size + this.#waiting.length;
  }

  /** DAGs for whose plan no timer needs to be set: they are set back, or wait for something else than time. */
  get ids(): readonly string[] {
    return [...this.#dags.keys(), ...this.#waiting];
  }

  /** DAGs that are due and wait for the end of a run, as all that is known of them since the last look. */
  noteWaiting(dagIds: readonly string[]): void {
    this.#waiting = dagIds;
  }

  /** Whether the DAG is to be left out still. Another version of it may do better at once. */
  isHeld({ dagId, versionId }: AskedDag): boolean {
    const setBack = this.#dags.get(dagId);
    return setBack?.versionId === versionId && setBack.untilMs > this.#context.clock.monotonicMs();
  }

  /** Why the DAG was set back when it was last tried. */
  reason({ dagId, versionId }: AskedDag): SetBackReason | undefined {
    const setBack = this.#dags.get(dagId);
    return setBack?.versionId === versionId ? setBack.reason : undefined;
  }

  /** @returns how often in a row, and for how long. */
  add({ dagId, versionId }: AskedDag, reason: SetBackReason): { readonly times: number; readonly delayMs: number } {
    const { clock, hints } = this.#context;
    const before = this.#dags.get(dagId);
    before?.cancel();
    const times = before?.versionId === versionId && before.reason === reason ? before.times + 1 : 1;
    const delayMs = backoffMs(times, { ...BACKOFF[reason], random: this.#random });
    const cancel = clock.schedule(delayMs, () => hints.add("create_runs"));
    this.#dags.set(dagId, { dagId, versionId, reason, times, untilMs: clock.monotonicMs() + delayMs, cancel });
    return { times, delayMs };
  }

  delete(dagId: string): void {
    this.#dags.get(dagId)?.cancel();
    this.#dags.delete(dagId);
  }

  /** Forgets those that are not due any more. */
  keepOnly(due: readonly AskedDag[]): void {
    if (this.#dags.size === 0) return;
    const dagIds = new Set(due.map((dag) => dag.dagId));
    for (const dagId of this.#dags.keys()) if (!dagIds.has(dagId)) this.delete(dagId);
  }

  clear(): void {
    for (const dagId of this.#dags.keys()) this.delete(dagId);
    this.#waiting = [];
  }
}
