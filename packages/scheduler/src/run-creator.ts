import { nextRun, runIdFor, timetableFacts } from "@polyflow/lifecycle";
import type { DueDag, NextRun, ScheduledRunOutcome } from "@polyflow/store";
import { endsThePass } from "./fatal-to-pass.ts";
import type { Office } from "./leader-election.ts";
import { LogOnce } from "./log-once.ts";
import { nowOf, type SchedulerContext } from "./scheduler-context.ts";

/** DAGs whose runs are written side by side: their commits share the disk, and many DAGs fall due at the same full hour. */
const DAGS_AT_ONCE = 8;

/**
 * Creates the runs that timetables want. The plan that is stored with a DAG only says when to look; what is created is decided anew from
 * the last run, the schedule and the time, so a changed schedule or a long pause needs no care of its own.
 */
export class RunCreator {
  readonly #context: SchedulerContext;
  readonly #logOnce: LogOnce;
  /** DAGs whose timetable has said that nothing will follow, and their version then: they need not be told again. */
  readonly #ended = new Map<string, string>();
  /** DAGs whose schedule cannot be evaluated; as many more are asked for, so that they keep no place from others. */
  readonly #broken = new Set<string>();

  constructor(context: SchedulerContext) {
    this.#context = context;
    this.#logOnce = new LogOnce(context.logger);
  }

  /** Looks once at all DAGs that are due. @returns whether anything moved, so that another look is worth while. */
  async createDueRuns(office: Office): Promise<boolean> {
    const { store, options } = this.#context;
    const limit = options.rowsPerQuery + this.#broken.size;
    const due = await store.scheduler.listDueDags(nowOf(this.#context), limit);
    let moved = false;
    for (let from = 0; from < due.length; from += DAGS_AT_ONCE) {
      const group = due.slice(from, from + DAGS_AT_ONCE);
      // All are waited for even if one fails, so that nothing is still being written when the pass ends.
      const results = await Promise.allSettled(group.map((dag) => this.#tryToAdvance(office, dag)));
      for (const result of results) {
        if (result.status === "rejected") throw result.reason;
        moved ||= result.value;
      }
    }
    return moved;
  }

  async #tryToAdvance(office: Office, dag: DueDag): Promise<boolean> {
    try {
      const moved = await this.#advance(office, dag);
      this.#broken.delete(dag.dagId);
      return moved;
    } catch (error) {
      if (endsThePass(error)) throw error;
      this.#broken.add(dag.dagId);
      this.#logOnce.error(`${dag.dagId} ${dag.versionId}`, "the schedule of a DAG cannot be evaluated; it gets no runs", {
        dagId: dag.dagId,
        error,
      });
      return false;
    }
  }

  async #advance(office: Office, dag: DueDag): Promise<boolean> {
    const { spec } = dag;
    // Continuous runs follow one another, whatever the DAG allows.
    const mostRuns = spec.schedule.kind === "continuous" ? 1 : spec.maxActiveRuns;
    if (dag.unfinishedRuns >= mostRuns) return false;
    const now = nowOf(this.#context);
    let { lastAutomatedRun } = dag;
    for (;;) {
      const due = nextRun(spec.schedule, timetableFacts(spec, { lastAutomatedRun, plannedRun: dag.nextRun, horizon: dag.horizon }), now);
      if (due === undefined) return this.#endSchedule(office, dag);
      if (due.runAfter > now) return this.#plan(office, dag, due);
      // Dates that a backfill or a person was at already are stepped over.
      if ((await this.#create(office, dag, due)) !== "exists") return true;
      lastAutomatedRun = due;
    }
  }

  async #create(office: Office, dag: DueDag, due: NextRun): Promise<ScheduledRunOutcome> {
    const { spec, horizon } = dag;
    const following = nextRun(spec.schedule, timetableFacts(spec, { lastAutomatedRun: due, horizon }), nowOf(this.#context));
    const outcome = await this.#context.store.scheduler.createScheduledRun(office.requireTerm(), {
      ...due,
      dagId: dag.dagId,
      versionId: dag.versionId,
      runId: runIdFor("scheduled", due.runAfter),
      runType: "scheduled",
      conf: {},
      note: null,
      triggeredBy: "timetable",
      triggeringUser: null,
      next: following ?? null,
    });
    if (outcome === "created") this.#context.hints.add("start_runs");
    return outcome;
  }

  async #plan(office: Office, dag: DueDag, run: NextRun): Promise<boolean> {
    if (dag.nextRun?.runAfter.getTime() === run.runAfter.getTime()) return false;
    await this.#context.store.scheduler.setNextRun(office.requireTerm(), dag, run);
    return true;
  }

  async #endSchedule(office: Office, dag: DueDag): Promise<boolean> {
    if (dag.nextRun === null && this.#ended.get(dag.dagId) === dag.versionId) return false;
    await this.#context.store.scheduler.setNextRun(office.requireTerm(), dag, null);
    this.#ended.set(dag.dagId, dag.versionId);
    return true;
  }
}
