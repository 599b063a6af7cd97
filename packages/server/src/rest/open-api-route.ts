import type { App } from "../server-context.ts";

/** The OpenAPI document; public as in Airflow, since it tells nothing that the source does not. */
export function addOpenApiRoute(app: App): void {
  app.get("/openapi.json", { config: { policy: "public" }, schema: { hide: true } }, async () => app.swagger());
}
