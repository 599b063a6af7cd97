import type { ComponentHealth } from "@polyflow/store";
import { componentHealth } from "../records/component-health.ts";
import type { RestContext } from "./rest-context.ts";
import type { App } from "../server-context.ts";
import { health, version } from "./schemas/admin-schemas.ts";

/** Version and health: what load balancers and monitors ask, without signing in. */
export function addMonitorRoutes(app: App, context: RestContext): void {
  app.get(
    "/api/v2/version",
    {
      config: { policy: "public" },
      schema: { tags: ["Version"], summary: "Version of the server", security: [], response: { 200: version } },
    },
    async () => ({ version: context.version, git_version: null }),
  );

  app.get(
    "/api/v2/monitor/health",
    {
      config: { policy: "public" },
      schema: { tags: ["Monitor"], summary: "Health of the components", security: [], response: { 200: health } },
    },
    async () => {
      const { metadatabase, components } = await componentHealth(context.store, context.clock.now());
      const of = (name: ComponentHealth["name"]) => {
        const component = components.find((candidate) => candidate.name === name);
        return { status: component?.status ?? null, heartbeat: component?.lastHeartbeat?.toISOString() ?? null };
      };
      const [scheduler, triggerer, processor] = [of("scheduler"), of("triggerer"), of("dag_processor")];
      return {
        metadatabase: { status: metadatabase },
        // Without a scheduler nothing works: never seen is as bad as dead.
        scheduler: { status: scheduler.status ?? "unhealthy", latest_scheduler_heartbeat: scheduler.heartbeat },
        triggerer: { status: triggerer.status, latest_triggerer_heartbeat: triggerer.heartbeat },
        dag_processor: { status: processor.status, latest_dag_processor_heartbeat: processor.heartbeat },
      };
    },
  );
}
