import { RunVersions } from "../records/run-versions.ts";
import type { App, ServerContext } from "../server-context.ts";
import { addAuthTokenRoutes } from "./auth-token-routes.ts";
import { addAssetRoutes } from "./asset-routes.ts";
import { addBackfillRoutes } from "./backfill-routes.ts";
import { addCallbackRoutes } from "./callback-routes.ts";
import { addClearRoutes } from "./clear-routes.ts";
import { addConnectionRoutes } from "./connection-routes.ts";
import { addDagRoutes } from "./dag-routes.ts";
import { addDagRunEditRoutes } from "./dag-run-edit-routes.ts";
import { addDagRunRoutes } from "./dag-run-routes.ts";
import { addDagSourceRoutes } from "./dag-source-routes.ts";
import { addDagTagRoutes } from "./dag-tag-routes.ts";
import { addDagTaskRoutes } from "./dag-task-routes.ts";
import { addDriftRoutes } from "./drift-routes.ts";
import { addDeadLetterRoutes } from "./dead-letter-routes.ts";
import { addDeadlineRoutes } from "./deadline-routes.ts";
import { addEventLogRoutes } from "./event-log-routes.ts";
import { addImportErrorRoutes } from "./import-error-routes.ts";
import { addInstallationRoutes } from "./installation-routes.ts";
import { addJobRoutes } from "./job-routes.ts";
import { addLayoutRoutes } from "./layout-routes.ts";
import { addMonitorRoutes } from "./monitor-routes.ts";
import { addOpenApiRoute } from "./open-api-route.ts";
import { addQueuedEventRoutes } from "./queued-event-routes.ts";
import { addNextRunRoutes } from "./next-run-routes.ts";
import { addPoolRoutes } from "./pool-routes.ts";
import { addRejectRoutes } from "./reject-routes.ts";
import { addTaskDependenciesRoute } from "./task-dependencies-route.ts";
import { addTaskInstanceBulkRoute } from "./task-instance-bulk-route.ts";
import { addTaskInstanceEditRoutes } from "./task-instance-edit-routes.ts";
import { addTaskInstanceRoutes } from "./task-instance-routes.ts";
import { addTaskLogRoute } from "./task-log-route.ts";
import { addTaskTryRoutes } from "./task-try-routes.ts";
import { addTriggerRoute } from "./trigger-route.ts";
import { addVariableRoutes } from "./variable-routes.ts";
import { addWaitRoute } from "./wait-route.ts";
import { addXComEditRoutes } from "./xcom-edit-routes.ts";
import { addXComRoutes } from "./xcom-routes.ts";

/** What routes of the REST API need. */
export interface RestContext extends ServerContext {
  readonly versions: RunVersions;
}

/** The public REST API: `/api/v2` with Airflow's paths and fields, `/auth/token`, `/openapi.json`. */
export async function addRestRoutes(app: App, server: ServerContext): Promise<void> {
  const context: RestContext = { ...server, versions: new RunVersions(server.store) };
  addMonitorRoutes(app, context);
  addAuthTokenRoutes(app, context);
  addDagRoutes(app, context);
  addDagTaskRoutes(app, context);
  addNextRunRoutes(app, context);
  addDagTagRoutes(app, context);
  addDagSourceRoutes(app, context);
  addImportErrorRoutes(app, context);
  addDagRunRoutes(app, context);
  addTriggerRoute(app, context);
  addDagRunEditRoutes(app, context);
  addAssetRoutes(app, context);
  addQueuedEventRoutes(app, context);
  addBackfillRoutes(app, context);
  addDeadlineRoutes(app, context);
  addDeadLetterRoutes(app, context);
  addCallbackRoutes(app, context);
  addClearRoutes(app, context);
  addWaitRoute(app, context);
  addTaskInstanceRoutes(app, context);
  addTaskInstanceEditRoutes(app, context);
  addTaskInstanceBulkRoute(app, context);
  addTaskDependenciesRoute(app, context);
  addTaskTryRoutes(app, context);
  addTaskLogRoute(app, context);
  addXComRoutes(app, context);
  addXComEditRoutes(app, context);
  addConnectionRoutes(app, context);
  addVariableRoutes(app, context);
  addPoolRoutes(app, context);
  addEventLogRoutes(app, context);
  addJobRoutes(app, context);
  addInstallationRoutes(app, context);
  await addLayoutRoutes(app, context);
  addDriftRoutes(app, context);
  await addRejectRoutes(app, context);
  addOpenApiRoute(app);
}
