import { nextRun, runIdFor, timetableFacts } from "@polyflow/lifecycle";
import type { DueDag, NextRun, TimetableOutcome, TimetableStep } from "@polyflow/store";
import type { ActiveRunCatalog } from "./active-run-catalog.ts";
import { concernsAll } from "./fatal-to-pass.ts";
import type { Office } from "./leader-election.ts";
import { LogOnce } from "./log-once.ts";
import { nowOf, type SchedulerContext } from "./scheduler-context.ts";
import type { SetBackDags } from "./set-back-dags.ts";

/** A DAG that is held for longer than a moment is worth a word: the waits before add up to about a second. */
const TIMES_UNTIL_WARNING = 6;

export interface RunCreatorParts {
  readonly context: SchedulerContext;
  readonly activeRuns: ActiveRunCatalog;
  readonly setBack: SetBackDags;
}

/** A DAG whose timetable is asked. */
interface Asked {
  readonly dag: DueDag;
  /** The last run of the schedule, or a date after it that is stepped over. */
  readonly last: NextRun | null;
}

/** What it said. */
interface Answer {
  readonly dag: DueDag;
  /** Undefined: nothing is to be done, the DAG waits for a run of its own to end. */
  readonly step: TimetableStep | undefined;
  /** The run that is due. */
  readonly due: NextRun | null;
}

type Step = Answer & { readonly step: TimetableStep };

interface Written extends Step {
  readonly outcome: TimetableOutcome;
}

/**
 * Creates the runs that timetables want. The plan that is stored with a DAG only says when to look; what is created is decided anew from
 * the last run, the schedule and the time, so a changed schedule or a long pause needs no care of its own. Many DAGs fall due at the same
 * full hour, so those that are due are written together; one that cannot be written falls out and is tried again by itself, later.
 */
export class RunCreator {
  readonly #context: SchedulerContext;
  readonly #activeRuns: ActiveRunCatalog;
  readonly #setBack: SetBackDags;
  readonly #logOnce: LogOnce;
  /** Plans have changed since the timer was set. */
  #hasMoved = false;

  constructor({ context, activeRuns, setBack }: RunCreatorParts) {
    this.#context = context;
    this.#activeRuns = activeRuns;
    this.#setBack = setBack;
    this.#logOnce = new LogOnce(context.logger);
  }

  /** Looks once at DAGs that are due, at as many as one transaction takes, and hints at what is to be done next. */
  async createDueRuns(office: Office): Promise<void> {
    const { store, options, hints, clock } = this.#context;
    // As many more as bring nothing, so that they keep no place from others.
    const limit = options.dueDagsPerBatch + this.#setBack.size;
    const due = await store.scheduler.listDueDags(nowOf(this.#context), limit);
    if (due.length < limit) this.#setBack.keepOnly(due);
    const moved = await this.#bringOn(office, due);
    this.#hasMoved ||= moved.length > 0;
    const isDueAgain = ({ step: { next }, outcome }: Written): boolean =>
      outcome === "left_alone" || (next !== null && next.runAfter.getTime() <= clock.now());
    if (moved.length > 0 && (due.length === limit || moved.some(isDueAgain))) hints.add("create_runs");
    else if (this.#hasMoved) {
      this.#hasMoved = false;
      hints.add("set_timer");
    }
  }

  /** @returns the steps that moved something, or met a DAG that had changed. */
  async #bringOn(office: Office, due: readonly DueDag[]): Promise<readonly Written[]> {
    const moved: Written[] = [];
    const waiting: string[] = [];
    let asked: readonly Asked[] = due.filter((dag) => !this.#setBack.isHeld(dag)).map((dag) => ({ dag, last: dag.lastAutomatedRun }));
    while (asked.length > 0) {
      if (!office.isHeld()) return [];
      const answers = asked.flatMap((each) => this.#ask(each) ?? []);
      waiting.push(...answers.filter(({ step }) => step === undefined).map(({ dag }) => dag.dagId));
      const written = await this.#writeAll(office, answers.filter(isStep));
      moved.push(...written.filter(({ outcome }) => outcome !== "busy"));
      // Dates that a backfill or a person was at already are stepped over.
      asked = written.flatMap(({ dag, due: last, outcome }) => (outcome === "exists" ? { dag, last } : []));
    }
    this.#setBack.noteWaiting(waiting);
    return moved;
  }

  /** @returns undefined when the schedule cannot be evaluated */
  #ask(asked: Asked): Answer | undefined {
    try {
      return answerOf(asked, nowOf(this.#context));
    } catch (error) {
      if (concernsAll(error)) throw error;
      this.#fallOut(asked.dag, error, "the schedule of a DAG cannot be evaluated; it gets no runs");
      return undefined;
    }
  }

  /** Those that were held may have to be waited for once more, those that failed may fail again: neither may be in one transaction with others. */
  async #writeAll(office: Office, steps: readonly Step[]): Promise<readonly Written[]> {
    const groups = Map.groupBy(steps, ({ dag }) => this.#setBack.reason(dag));
    const written = [...(await this.#write(office, groups.get(undefined) ?? [])), ...(await this.#write(office, groups.get("busy") ?? []))];
    for (const step of groups.get("failed") ?? []) written.push(...(await this.#write(office, [step])));
    return written;
  }

  /** An error that may be that of one DAG leaves the others no worse: they are written in smaller and smaller parts. */
  async #write(office: Office, steps: readonly Step[]): Promise<readonly Written[]> {
    if (steps.length === 0) return [];
    try {
      return await this.#advance(office, steps);
    } catch (error) {
      if (concernsAll(error)) throw error;
      const [only] = steps;
      if (only !== undefined && steps.length === 1) {
        this.#fallOut(only.dag, error, "the run of a DAG cannot be created; the DAG is tried again by itself");
        return [];
      }
      const middle = steps.length >> 1;
      return [...(await this.#write(office, steps.slice(0, middle))), ...(await this.#write(office, steps.slice(middle)))];
    }
  }

  async #advance(office: Office, steps: readonly Step[]): Promise<readonly Written[]> {
    const { store, hints } = this.#context;
    const { outcomes, started } = await store.scheduler.advanceTimetables(
      office.requireTerm(),
      steps.map(({ step }) => step),
    );
    this.#activeRuns.remember(started);
    hints.addRuns(started.map((run) => run.runKey));
    const written = steps.map((step, index) => ({ ...step, outcome: outcomes[index] ?? "left_alone" }));
    if (written.filter(({ outcome }) => outcome === "created").length > started.length) hints.add("start_runs");
    for (const { dag, outcome } of written) {
      if (outcome === "busy") this.#leaveOut(dag);
      else this.#setBack.delete(dag.dagId);
    }
    return written;
  }

  #leaveOut(dag: DueDag): void {
    const { times, delayMs } = this.#setBack.add(dag, "busy");
    if (times !== TIMES_UNTIL_WARNING) return;
    this.#context.logger.warn("another transaction holds a DAG in the metadata database; its runs wait, those of others do not", {
      dagId: dag.dagId,
      retryInMs: Math.round(delayMs),
    });
  }

  #fallOut(dag: DueDag, error: unknown, message: string): void {
    this.#setBack.add(dag, "failed");
    this.#logOnce.error(`${message} ${dag.dagId} ${dag.versionId}`, message, { dagId: dag.dagId, error });
  }
}

function isStep(answer: Answer): answer is Step {
  return answer.step !== undefined;
}

/** Pure: what is due now, and what comes after it. */
function answerOf({ dag, last }: Asked, now: Date): Answer {
  const { spec, horizon, dagId, versionId } = dag;
  // Continuous runs follow one another, whatever the DAG allows.
  const mostRuns = spec.schedule.kind === "continuous" ? 1 : spec.maxActiveRuns;
  if (dag.unfinishedRuns >= mostRuns) return { dag, due: null, step: undefined };
  const facts = timetableFacts(spec, { lastAutomatedRun: last, plannedRun: dag.nextRun, horizon });
  const due = nextRun(spec.schedule, facts, now) ?? null;
  if (due === null || due.runAfter > now) return { dag, due: null, step: { dagId, versionId, run: null, next: due } };
  const next = nextRun(spec.schedule, timetableFacts(spec, { lastAutomatedRun: due, horizon }), now) ?? null;
  const run = {
    ...due,
    dagId,
    runId: runIdFor("scheduled", due.runAfter),
    runType: "scheduled",
    conf: {},
    note: null,
    triggeredBy: "timetable",
    triggeringUser: null,
  } as const;
  return { dag, due, step: { dagId, versionId, run, next } };
}
