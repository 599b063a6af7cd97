import type { ActiveRunCatalog } from "./active-run-catalog.ts";
import { AssetRuns } from "./asset-runs.ts";
import { Backfills } from "./backfills.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DueTimer } from "./due-timer.ts";
import type { Chore } from "./hints.ts";
import type { Office } from "./leader-election.ts";
import type { Rescuer } from "./rescuer.ts";
import { RunCreator } from "./run-creator.ts";
import { nowOf, type SchedulerContext } from "./scheduler-context.ts";
import type { SetBackDags } from "./set-back-dags.ts";
import { Sweep } from "./sweep.ts";

/** One kind of work of the leader besides decisions about tasks. */
export interface ChoreWork {
  readonly chore: Chore;
  readonly work: (office: Office) => Promise<void>;
  /** It starts runs: their first tasks are decided straight after it, before the other chores. */
  readonly startsRuns?: boolean;
}

export interface ChoreParts {
  readonly context: SchedulerContext;
  readonly activeRuns: ActiveRunCatalog;
  readonly dispatcher: Dispatcher;
  readonly rescuer: Rescuer;
  readonly dueTimer: DueTimer;
  readonly setBack: SetBackDags;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** All chores, in the order in which a pass does those it was asked for: what lets tasks run comes first. */
export function choresInOrder(parts: ChoreParts): readonly ChoreWork[] {
  const { context, dispatcher, rescuer, dueTimer } = parts;
  const { hints, store } = context;
  const runCreator = new RunCreator(parts);
  const assetRuns = new AssetRuns(context, parts.random);
  const backfills = new Backfills(context);
  const sweep = new Sweep(context, parts.activeRuns);
  return [
    // before anything new is handed over
    { chore: "republish", work: () => dispatcher.republish() },
    // before runs are started: a DAG that is paused now starts none
    { chore: "failing_dags", work: (office) => pauseFailingDags(context, office) },
    { chore: "create_runs", work: (office) => runCreator.createDueRuns(office), startsRuns: true },
    { chore: "start_runs", work: (office) => startRuns(parts, office), startsRuns: true },
    {
      chore: "lost_attempts",
      async work(office) {
        if (await rescuer.resolveLostAttempts(office)) hints.add("lost_attempts");
      },
    },
    { chore: "due_times", work: (office) => lookAtDueTimes(parts, office) },
    {
      chore: "asset_runs",
      async work(office) {
        if (await assetRuns.create(office)) hints.add("asset_runs");
      },
    },
    {
      chore: "go_on_with_asset_runs",
      async work(office) {
        if (await assetRuns.goOn(office)) hints.add("asset_runs");
      },
    },
    {
      chore: "backfills",
      async work(office) {
        if (await backfills.advance(office)) hints.add("backfills");
      },
    },
    {
      chore: "go_on_with_backfills",
      async work(office) {
        if (await backfills.goOn(office)) hints.add("backfills");
      },
    },
    { chore: "worker_sessions", work: () => rescuer.closeSilentSessions() },
    {
      chore: "sweep",
      work() {
        sweep.begin();
        return sweep.nextPage();
      },
    },
    { chore: "sweep_page", work: () => sweep.nextPage() },
    { chore: "set_timer", work: () => dueTimer.set() },
    { chore: "heartbeat", work: () => store.recordHeartbeat("scheduler") },
  ];
}

async function pauseFailingDags({ store, hints, logger }: SchedulerContext, office: Office): Promise<void> {
  const paused = await store.scheduler.pauseFailingDags(office.requireTerm(), hints.takeFailedDags());
  for (const dagId of paused) logger.warn("paused a DAG whose runs fail again and again", { dagId });
}

/** Queued runs as far as their DAGs' limits allow. */
async function startRuns({ context, activeRuns }: ChoreParts, office: Office): Promise<void> {
  const { store, hints, options } = context;
  const started = await store.scheduler.startQueuedRuns(office.requireTerm(), options.rowsPerQuery);
  activeRuns.remember(started);
  hints.addRuns(started.map((run) => run.runKey));
  if (started.length === options.rowsPerQuery) hints.add("start_runs");
}

/** Retries that are due, and runs whose time is up. */
async function lookAtDueTimes({ context, activeRuns }: ChoreParts, office: Office): Promise<void> {
  const { store, options, hints } = context;
  const now = nowOf(context);
  const woken = await store.scheduler.wakeDueRetries(office.requireTerm(), now, options.rowsPerQuery);
  if (woken > 0) hints.add("queue_tasks", "set_timer");
  if (woken === options.rowsPerQuery) hints.add("due_times");
  for (const { dagId, runId, name } of await store.scheduler.missDeadlines(office.requireTerm(), now, options.rowsPerQuery))
    context.logger.warn("a run has missed a deadline", { dagId, runId, deadline: name });
  const timedOut = await store.scheduler.timeOutRuns(office.requireTerm(), now);
  for (const runKey of timedOut) activeRuns.forget(runKey);
  if (timedOut.length > 0) hints.add("start_runs", "create_runs", "queue_tasks");
}
