import compress from "@fastify/compress";
import { addExecutionRoutes } from "./execution/execution-routes.ts";
import { addRestRoutes } from "./rest/rest-routes.ts";
import type { App, ServerContext } from "./server-context.ts";
import { addUiRoutes } from "./ui/ui-routes.ts";

/** Answers smaller than this are not worth compressing. */
const COMPRESS_FROM_BYTES = 1024;

/** All routes. The Execution API stands apart: its answers are small and its callers near. */
export async function addRoutes(app: App, context: ServerContext): Promise<void> {
  await app.register(async (scope: App) => addExecutionRoutes(scope, context), { prefix: "/execution/v1" });
  await app.register(async (scope: App) => {
    await scope.register(compress, { encodings: ["br", "gzip"], threshold: COMPRESS_FROM_BYTES });
    await scope.register(async (inner: App) => addUiRoutes(inner, context), { prefix: "/ui" });
    await addRestRoutes(scope, context);
  });
}
