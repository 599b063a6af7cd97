import type { WorkerSessionId } from "@polyflow/contracts";
import { decideLostAttempt } from "@polyflow/lifecycle";
import type { LostAttempt, WorkerSessionRecord } from "@polyflow/store";
import type { Office } from "./leader-election.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

interface Sighting {
  readonly counter: number;
  /** On the monotonic clock of this process: when the counter was first seen to be this. */
  readonly sinceMs: number;
}

/**
 * Gives up workers that are silent and makes good what they had (A14). A worker counts as silent when its heartbeat counter has stood
 * still for `workerSilentMs` while this process saw the database all the time: no clocks are compared, and after an outage of the database or a
 * sleep of this machine everybody gets the whole time anew.
 */
export class Rescuer {
  readonly #context: SchedulerContext;
  #sightings = new Map<WorkerSessionId, Sighting>();
  #lastLookMs: number | undefined;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /** Forgets what was seen: somebody else led meanwhile, or the database was away. */
  forget(): void {
    this.#sightings.clear();
    this.#lastLookMs = undefined;
  }

  /** Closes the sessions of silent workers. */
  async closeSilentSessions(): Promise<void> {
    const { store, clock, options, logger, hints } = this.#context;
    const sessions = await store.scheduler.listWorkerSessions();
    const nowMs = clock.monotonicMs();
    if (this.#lastLookMs !== undefined && nowMs - this.#lastLookMs > Math.max(3 * options.pollMs, options.workerSilentMs / 2))
      this.forget();
    this.#lastLookMs = nowMs;
    this.#sightings = new Map(sessions.map((session) => [session.sessionId, this.#see(session, nowMs)]));
    for (const session of sessions) {
      const sighting = this.#sightings.get(session.sessionId);
      if (sighting === undefined || nowMs - sighting.sinceMs < options.workerSilentMs) continue;
      logger.warn("gives up a worker that is silent", {
        worker: session.name,
        hostname: session.hostname,
        silentMs: nowMs - sighting.sinceMs,
      });
      await store.scheduler.closeWorkerSession(session.sessionId);
      hints.add("lost_attempts");
    }
  }

  #see(session: WorkerSessionRecord, nowMs: number): Sighting {
    const former = this.#sightings.get(session.sessionId);
    return former !== undefined && former.counter === session.counter ? former : { counter: session.counter, sinceMs: nowMs };
  }

  /** Decides what becomes of attempts whose worker is gone. @returns whether there may be more of them. */
  async resolveLostAttempts(office: Office): Promise<boolean> {
    const { store, options } = this.#context;
    const lost = await store.scheduler.listLostAttempts(options.rowsPerQuery);
    for (const attempt of lost) await this.#resolve(office, attempt);
    return lost.length === options.rowsPerQuery;
  }

  async #resolve(office: Office, lost: LostAttempt): Promise<void> {
    const { store, options, logger, hints, executor } = this.#context;
    const { to, reason } = decideLostAttempt(lost, options.maxInfrastructureLosses);
    const resolved = await store.scheduler.resolveLostAttempt(office.requireTerm(), lost, to, reason);
    if (!resolved) return;
    logger[lost.workerHasLeft ? "info" : "warn"]("made good a lost attempt", {
      dagId: lost.dagId,
      runId: lost.runId,
      taskId: lost.taskId,
      to,
      reason,
    });
    hints.add("queue_tasks");
    if (to === "failed") hints.addRuns([lost.runKey]);
    // The worker may only be cut off: its process should end. Nothing rests on it, since the attempt is fenced.
    executor
      .cancel(lost.attemptId)
      .catch((error: unknown) => logger.debug("could not cancel a lost attempt", { attemptId: lost.attemptId, error }));
  }
}
