import { DAG_RUN_STATES } from "@polyflow/contracts";
import type { UiActivity } from "@polyflow/contracts/wire";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { briefly } from "../records/briefly.ts";
import type { App, ServerContext } from "../server-context.ts";

const DAY_MS = 86_400_000;
const MOST = 6;
const FRESH_MS = 2000;

/** What happened in the last 24 hours, and how full the pools are. */
export function addUiActivityRoute(app: App, { store, clock }: ServerContext): void {
  const ask = (readableDagIds?: readonly string[]) =>
    store.overview.activity({
      since: new Date(clock.now() - DAY_MS),
      most: MOST,
      ...(readableDagIds === undefined ? {} : { readableDagIds }),
    });
  const ofAll = briefly(() => ask(), { clock, forMs: FRESH_MS });

  app.get(
    "/activity",
    { config: { policy: filtered("read", "DAG Runs") }, schema: { hide: true } },
    async (request): Promise<UiActivity> => {
      const { rights } = callerOf(request);
      const readable = rights.dagIds("read", "DAG Runs");
      const [activity, pools] = await Promise.all([
        readable === undefined ? ofAll() : ask(readable),
        rights.everywhere("read", "Pools") ? store.pools.listPools() : null,
      ]);
      return {
        hours: activity.hours.map(({ at, success, failed }) => ({ at: at.toISOString(), success, failed })),
        slowest: activity.slowest.map((run) => ({
          dag_id: run.dagId,
          name: run.displayName,
          run_id: run.runId,
          state: DAG_RUN_STATES.find((state) => state === run.state) ?? "running",
          duration_ms: run.durationMs,
        })),
        failing: activity.failing.map((dag) => ({
          dag_id: dag.dagId,
          name: dag.displayName,
          failed: dag.failed,
          total: dag.total,
          last_failed_run_id: dag.lastFailedRunId,
        })),
        pools:
          pools?.map(({ name, slots, running, queued, scheduled, deferred }) => ({ name, slots, running, queued, scheduled, deferred })) ??
          null,
      };
    },
  );
}
