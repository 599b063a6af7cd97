import { addCodeRoutes } from "../code/code-routes.ts";
import type { App, ServerContext } from "../server-context.ts";
import { addUiTranslationRoute } from "../translations/translation-route.ts";
import { addUiActivityRoute } from "./activity-route.ts";
import { addUiCalendarRoute } from "./calendar-route.ts";
import { addUiConnectionTypesRoute } from "./connection-types-route.ts";
import { addUiDataRoutes } from "./data-routes.ts";
import { addUiDagFacetsRoute } from "./dag-facets-route.ts";
import { addUiBrowseRoutes } from "./browse-routes.ts";
import { addUiDagHistoryRoutes } from "./dag-history-routes.ts";
import { addUiDagRoutes } from "./dag-routes.ts";
import { addUiDashboardRoute } from "./dashboard-route.ts";
import { addUiEmergencyRoute } from "./emergency-route.ts";
import { addUiEventRoute } from "./event-route.ts";
import { addUiLogRoute } from "./log-route.ts";
import { addUiOwnListRoutes } from "./own-list-routes.ts";
import { addUiRunRoutes } from "./run-routes.ts";
import { addUiSessionRoutes } from "./session-routes.ts";
import { addUiUploadRoute } from "./upload-route.ts";
import { addUiWaitingRoute } from "./waiting-route.ts";

/**
 * What the interface reads beyond the public API (`/ui`); described in `@polyflow/contracts/wire`. Answers with many rows have the type
 * of their schema but are not checked against it each time: that would cost more than reading them from the database.
 */
export async function addUiRoutes(app: App, context: ServerContext): Promise<void> {
  addUiSessionRoutes(app, context);
  addUiDagRoutes(app, context);
  addUiDagFacetsRoute(app, context);
  addUiOwnListRoutes(app, context);
  addUiDagHistoryRoutes(app, context);
  addUiCalendarRoute(app, context);
  addUiRunRoutes(app, context);
  addUiWaitingRoute(app, context);
  addUiLogRoute(app, context);
  addUiEventRoute(app, context);
  addUiDashboardRoute(app, context);
  addUiActivityRoute(app, context);
  addUiBrowseRoutes(app, context);
  addUiEmergencyRoute(app, context);
  addUiDataRoutes(app, context);
  addUiConnectionTypesRoute(app, context);
  await addUiUploadRoute(app, context);
  addCodeRoutes(app, context);
  addUiTranslationRoute(app, context);
}
