import { type UiEmergency, uiEmergency } from "@polyflow/contracts/wire";
import type { JobRecord } from "@polyflow/store";
import { componentHealth, isAlive } from "../records/component-health.ts";
import type { App, ServerContext } from "../server-context.ts";

/** So many workers are looked at, newest first: one that lives is enough. */
const WORKERS = 50;

type Failure = UiEmergency["failures"][number];

/** What everybody who is signed in is told when a part of Polyflow fails: names and times, nothing that would be a secret (C7). */
export function addUiEmergencyRoute(app: App, { store, clock }: ServerContext): void {
  app.get("/emergency", { config: { policy: "authenticated" }, schema: { hide: true, response: { 200: uiEmergency } } }, async () => {
    const nowMs = clock.now();
    const health = await componentHealth(store, nowMs);
    if (health.metadatabase === "unhealthy") return { failures: [{ component: "metadatabase" as const, since: null }] };
    const silent = health.components
      .filter(({ status }) => status === "unhealthy")
      .map(({ name, lastHeartbeat }): Failure => ({ component: name, since: lastHeartbeat?.toISOString() ?? null }));
    return { failures: [...silent, ...missingWorkers(await store.browse.listJobs(WORKERS), nowMs)] };
  });
}

/** Nobody works: there have been workers, and none is left that lives. */
function missingWorkers(jobs: readonly JobRecord[], nowMs: number): readonly Failure[] {
  const workers = jobs.filter(({ kind }) => kind === "worker");
  const isWorking = workers.some(
    ({ endDate, latestHeartbeat }) => endDate === null && latestHeartbeat !== null && isAlive(latestHeartbeat, nowMs),
  );
  if (workers.length === 0 || isWorking) return [];
  const last = Math.max(...workers.map(({ latestHeartbeat }) => latestHeartbeat?.getTime() ?? 0));
  return [{ component: "workers", since: last === 0 ? null : new Date(last).toISOString() }];
}
