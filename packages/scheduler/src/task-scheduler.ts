import { type ChangeEvent, type DagRunKey, mapOutputKey, type TaskInstanceState } from "@polyflow/contracts";
import { decideRunEnd, type SourceLength, tasksThatDecideRunEnd } from "@polyflow/lifecycle";
import type { QueuedAttempt, RunTransition, ScheduleOutcome, TaskExpansion, TaskFacts, TaskTransition } from "@polyflow/store";
import type { ActiveRunCatalog } from "./active-run-catalog.ts";
import { AwaitedTasks } from "./awaited-tasks.ts";
import { endsThePass } from "./fatal-to-pass.ts";
import { factsRequestOf } from "./facts-request.ts";
import type { GraphCatalog } from "./graph-catalog.ts";
import type { RunHint } from "./hints.ts";
import type { Office } from "./leader-election.ts";
import { LogOnce } from "./log-once.ts";
import { PastGate } from "./past-gate.ts";
import { type ExaminedRun, examinationOf, examine, type RunExamination, widened } from "./run-examination.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

export interface TaskSchedulerParts {
  readonly context: SchedulerContext;
  readonly graphs: GraphCatalog;
  readonly activeRuns: ActiveRunCatalog;
  /** Takes what was queued, straight after the commit. */
  readonly dispatch: (attempts: readonly QueuedAttempt[]) => void;
}

interface OwnedTransition extends TaskTransition {
  readonly runKey: DagRunKey;
}

/** Decisions to be written together. */
interface Decisions {
  readonly tasks: readonly OwnedTransition[];
  readonly expansions: readonly TaskExpansion[];
  readonly runs: readonly RunTransition[];
}

/**
 * Brings tasks on when something they wait for has ended, and runs to their end. A batch of completions costs two round trips however
 * many they are: one reads facts, one writes decisions and queues what fits.
 */
export class TaskScheduler {
  readonly #parts: TaskSchedulerParts;
  readonly #logOnce: LogOnce;
  readonly #awaited = new AwaitedTasks();
  readonly #past: PastGate;
  /** Changes that this scheduler is writing: hearing of them again is no news. */
  #writing: ReadonlySet<string> = new Set();

  constructor(parts: TaskSchedulerParts) {
    this.#parts = parts;
    this.#logOnce = new LogOnce(parts.context.logger);
    this.#past = new PastGate(parts.context);
  }

  /** Whether an event only repeats what this scheduler is just writing and has followed up already. */
  isOwn(event: ChangeEvent): boolean {
    return event.kind === "task_instance" && this.#writing.has(changeKey(event.taskInstanceId, event.state));
  }

  /**
   * Looks at the runs that were hinted at.
   * @param mustQueue queue scheduled task instances into free slots even if nothing is decided
   * @throws PolyflowError `leadership_lost`, `database_unavailable`: the hints must then be looked at again.
   */
  async schedule(office: Office, hints: ReadonlyMap<DagRunKey, RunHint>, mustQueue: boolean): Promise<void> {
    const examined = await this.#past.hold(await this.#examineAll(this.#past.withLaterRuns(hints)));
    const tasks = examined.flatMap(({ examination: { runKey }, tasks: decided }) => decided.map((task) => ({ ...task, runKey })));
    const expansions = examined.flatMap((run) => run.expansions);
    const runs = examined.flatMap((run) => run.end ?? []);
    // What is written now and what may have ended without a decision are different runs, so neither has to wait for the other.
    const quietly = this.#endsOf(examined.filter((run) => run.tasks.length === 0));
    // An error in the write must not leave the reading without anybody who hears of its failure.
    quietly.catch(() => undefined);
    const isSomethingDecided = tasks.length > 0 || expansions.length > 0 || runs.length > 0;
    if (isSomethingDecided) await this.#write(office, { tasks, expansions, runs });
    this.#past.wakeAfterDecisions(examined);
    const ends = [...(await quietly), ...(await this.#endsOf(examined.filter((run) => run.tasks.length > 0)))];
    if (ends.length > 0 || (mustQueue && !isSomethingDecided)) await this.#write(office, { tasks: [], expansions: [], runs: ends });
  }

  async #examineAll(hints: ReadonlyMap<DagRunKey, RunHint>): Promise<readonly ExaminedRun[]> {
    if (hints.size === 0) return [];
    const examinations: RunExamination[] = [];
    const runs = await this.#parts.activeRuns.get(hints.keys());
    const graphs = await this.#parts.graphs.get(runs.map((run) => run.versionId));
    for (const run of runs) {
      const hint = hints.get(run.runKey);
      const graph = graphs.get(run.versionId);
      if (hint !== undefined && graph !== undefined) examinations.push(examinationOf(run.runKey, graph, { hint, awaited: this.#awaited }));
    }
    const facts = await this.#loadFacts(examinations);
    const examined = await this.#examineWith(facts, examinations);
    const wider = examined.map((run) => widened(run, factsOf(facts, run.examination)));
    const widerFacts = await this.#loadFacts(wider.filter((examination) => examination !== undefined));
    const again = await this.#examineWith(
      widerFacts,
      wider.filter((examination) => examination !== undefined),
    );
    const byRun = new Map(again.map((run) => [run.examination.runKey, run]));
    const complete = examined.map((run) => byRun.get(run.examination.runKey) ?? run);
    for (const { examination, afterwards } of complete) {
      const { runKey, graph, candidatesAt } = examination;
      const candidates = examination.candidates.filter((taskId) => !candidatesAt.has(taskId));
      this.#awaited.remember(runKey, graph, { candidates, facts: afterwards });
    }
    return complete;
  }

  /** Examines, and once more where the number of a mapped task's instances has to be known first. */
  async #examineWith(
    facts: ReadonlyMap<DagRunKey, readonly TaskFacts[]>,
    examinations: readonly RunExamination[],
  ): Promise<readonly ExaminedRun[]> {
    const { store, options } = this.#parts.context;
    const { maxMapLength } = options;
    const lengths = new Map<DagRunKey, Map<string, SourceLength>>();
    for (;;) {
      const examined = examinations.map((examination) =>
        examine(examination, factsOf(facts, examination), { maxMapLength, lengths: lengths.get(examination.runKey) ?? new Map() }),
      );
      const wanting = examined.filter((run) => run.wantedLengths.length > 0);
      if (wanting.length === 0) return examined;
      const requests = wanting.map((run) => ({ runKey: run.examination.runKey, outputs: run.wantedLengths }));
      const found = await store.scheduler.loadMapLengths(requests);
      // What is not known even now belongs to a run that is gone. With what is known others may turn out to be wanted.
      if (found.length === 0) return examined;
      for (const length of found) {
        const known = lengths.get(length.runKey) ?? new Map<string, SourceLength>();
        lengths.set(length.runKey, known.set(mapOutputKey(length), length.found));
      }
    }
  }

  async #loadFacts(examinations: readonly RunExamination[]): Promise<ReadonlyMap<DagRunKey, readonly TaskFacts[]>> {
    const requests = examinations.map(factsRequestOf).filter((request) => request.taskIds === undefined || request.taskIds.length > 0);
    return requests.length === 0 ? new Map() : this.#parts.context.store.scheduler.loadTaskFactsOfRuns(requests);
  }

  /** Of runs of which a part was looked at and found finished: those that are finished altogether, and how they end. */
  async #endsOf(examined: readonly ExaminedRun[]): Promise<readonly RunTransition[]> {
    const candidates = examined.filter((run) => run.mayHaveEnded && !run.examination.isWhole).map((run) => run.examination);
    if (candidates.length === 0) return [];
    const store = this.#parts.context.store.scheduler;
    const unfinished = await store.runsWithUnfinishedTasks(candidates.map((run) => run.runKey));
    const ended = candidates.filter((run) => !unfinished.has(run.runKey));
    if (ended.length === 0) return [];
    const facts = await store.loadTaskFactsOfRuns(ended.map(({ runKey, graph }) => ({ runKey, taskIds: tasksThatDecideRunEnd(graph) })));
    return ended.flatMap(({ runKey, graph }) => {
      const end = decideRunEnd(graph, facts.get(runKey) ?? []);
      return end === undefined ? [] : { runKey, ...end };
    });
  }

  async #write(office: Office, decisions: Decisions): Promise<void> {
    try {
      await this.#apply(office, decisions);
    } catch (error) {
      if (endsThePass(error)) throw error;
      await this.#writeOneByOne(office, decisions, error);
    }
  }

  async #apply(office: Office, decisions: Decisions): Promise<void> {
    const { context, activeRuns, dispatch } = this.#parts;
    this.#writing = new Set(decisions.tasks.map((task) => changeKey(task.taskInstanceId, task.to)));
    try {
      const outcome = await context.store.scheduler.applySchedule(office.requireTerm(), decisions, {
        parallelism: context.options.parallelism,
        maxActiveTasksOver: context.options.maxActiveTasksOver,
        claimFor: context.executor.openSlots?.(),
      });
      dispatch(outcome.queued);
      for (const runKey of outcome.finishedRuns) activeRuns.forget(runKey);
      this.#lookAgain(decisions, outcome);
      // New instances that wait for others of their group, or for the run before.
      for (const { runKey, taskIds } of decisions.expansions.filter(({ to }) => to === "none"))
        taskIds.forEach((taskId) => context.hints.reopen(runKey, taskId));
    } finally {
      this.#writing = new Set();
    }
  }

  /**
   * What did not take effect was overtaken: by a worker, a user, a pause. The event of that may say nothing of what is to be done (a task of a
   * fail-fast run goes to wait for a retry), so the run is looked at anew, as the store has it now.
   */
  #lookAgain(decisions: Decisions, outcome: ScheduleOutcome): void {
    const applied = new Set(outcome.applied);
    const finished = new Set(outcome.finishedRuns);
    const overtaken = new Set([
      ...decisions.tasks.filter((task) => !applied.has(task.taskInstanceId)).map((task) => task.runKey),
      ...decisions.runs.filter((run) => !finished.has(run.runKey)).map((run) => run.runKey),
    ]);
    for (const runKey of overtaken) this.#parts.activeRuns.forget(runKey);
    this.#parts.context.hints.addRuns(overtaken);
  }

  /** One decision that the store cannot take must not keep all others from being written (a poisoned row stops its own run only). */
  async #writeOneByOne(office: Office, { tasks, expansions, runs }: Decisions, cause: unknown): Promise<void> {
    if (tasks.length + expansions.length + runs.length <= 1) {
      const concerned = tasks[0]?.taskInstanceId ?? expansions[0]?.runKey ?? runs[0]?.runKey;
      this.#logOnce.error(`write ${concerned}`, "a scheduling decision cannot be written", { concerned, error: cause });
      return;
    }
    for (const task of tasks) await this.#write(office, { tasks: [task], expansions: [], runs: [] });
    for (const expansion of expansions) await this.#write(office, { tasks: [], expansions: [expansion], runs: [] });
    for (const run of runs) await this.#write(office, { tasks: [], expansions: [], runs: [run] });
  }
}

function factsOf(facts: ReadonlyMap<DagRunKey, readonly TaskFacts[]>, { runKey }: RunExamination): readonly TaskFacts[] {
  return facts.get(runKey) ?? [];
}

function changeKey(taskInstanceId: string, state: TaskInstanceState): string {
  return `${taskInstanceId} ${state}`;
}
