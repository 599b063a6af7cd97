import { DAG_RUN_STATES } from "@polyflow/contracts";
import { type UiDashboard, uiDashboard } from "@polyflow/contracts/wire";
import type { Store } from "@polyflow/store";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { briefly } from "../records/briefly.ts";
import { componentHealth } from "../records/component-health.ts";
import { visibleImportErrors } from "../records/visible-import-errors.ts";
import type { App, ServerContext } from "../server-context.ts";

const FRESH_MS = 500;

/** Counts for the home page. Who may not see all DAGs gets the counts of those that they may see. */
export function addUiDashboardRoute(app: App, { store, clock }: ServerContext): void {
  // Of all DAGs: the one answer that many ask for at each change.
  const countsOfAll = briefly(() => overallCounts(store), { clock, forMs: FRESH_MS });
  app.get(
    "/dashboard",
    { config: { policy: filtered("read", "DAGs") }, schema: { hide: true, response: { 200: uiDashboard } } },
    async (request): Promise<UiDashboard> => {
      const { rights } = callerOf(request);
      const [health, counts] = await Promise.all([
        componentHealth(store, clock.now()),
        seesAll(rights) ? countsOfAll() : visibleCounts(store, rights),
      ]);
      const components = health.components.map(({ name, status, lastHeartbeat }) => ({
        name,
        status: status ?? ("unknown" as const),
        last_heartbeat: lastHeartbeat?.toISOString() ?? null,
      }));
      return { components: [{ name: "metadatabase", status: health.metadatabase, last_heartbeat: null }, ...components], ...counts };
    },
  );
}

type Counts = Omit<UiDashboard, "components">;

function seesAll(rights: Rights): boolean {
  return rights.everywhere("read", "DAG Runs") && rights.everywhere("read", "Task Instances") && rights.everywhere("read", "ImportError");
}

async function overallCounts(store: Store): Promise<Counts> {
  const [dags, runs, instances] = await Promise.all([
    store.overview.countDags(),
    store.overview.countRuns(),
    store.overview.countTaskInstances(),
  ]);
  return {
    dags: { active: dags.active, paused: dags.paused, import_errors: dags.importErrors },
    runs: { ...runs },
    task_instances: { ...instances },
  };
}

/** Unfinished runs of the readable DAGs; task instances are counted over all DAGs or not at all. */
async function visibleCounts(store: Store, rights: Rights): Promise<Counts> {
  const countDags = async (isPaused: boolean): Promise<number> => {
    const readable = rights.dagIds("read", "DAGs");
    return (await store.dags.listDags({ ...(readable === undefined ? {} : { readableDagIds: readable }), isPaused, limit: 1, offset: 0 }))
      .total;
  };
  const withRuns = rights.dagIds("read", "DAG Runs");
  const countRuns = async (state: (typeof DAG_RUN_STATES)[number]): Promise<readonly [string, number]> => {
    const filter = { ...(withRuns === undefined ? {} : { readableDagIds: withRuns }), states: [state], limit: 1, offset: 0 };
    return [state, (await store.runs.listRuns(filter)).total];
  };
  const [active, paused, errors, ...runs] = await Promise.all([
    countDags(false),
    countDags(true),
    visibleImportErrors(store, rights),
    ...DAG_RUN_STATES.filter((state) => state === "queued" || state === "running").map(countRuns),
  ]);
  return { dags: { active, paused, import_errors: errors.length }, runs: Object.fromEntries(runs), task_instances: {} };
}
