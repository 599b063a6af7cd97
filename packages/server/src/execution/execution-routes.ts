import type { App, ServerContext } from "../server-context.ts";
import { addAttemptDetailsRoute } from "./attempt-details-route.ts";
import { addAttemptRoutes } from "./attempt-routes.ts";
import { addAttemptSecretRoutes } from "./attempt-secret-routes.ts";
import { addAttemptXComRoutes } from "./attempt-xcom-routes.ts";
import { addCallbackClaimRoute } from "./callback-claim-route.ts";
import { addInletEventRoute } from "./inlet-event-route.ts";
import { addOtherDagRoutes } from "./other-dag-routes.ts";
import { addWatchedWaitRoutes } from "./watched-wait-routes.ts";
import { addWorkerRoutes } from "./worker-routes.ts";

/** The Execution API (`/execution/v1`): all that workers and task processes speak. Described in `@polyflow/contracts/wire`. */
export async function addExecutionRoutes(app: App, context: ServerContext): Promise<void> {
  addWorkerRoutes(app, context);
  addAttemptRoutes(app, context);
  addAttemptSecretRoutes(app, context);
  addAttemptDetailsRoute(app, context);
  addInletEventRoute(app, context);
  addAttemptXComRoutes(app, context);
  addOtherDagRoutes(app, context);
  addWatchedWaitRoutes(app, context);
  addCallbackClaimRoute(app, context);
}
