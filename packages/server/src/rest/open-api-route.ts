import type { App } from "../server-context.ts";

/** The OpenAPI document; public as in Airflow, since it tells nothing that the source does not. */
export function addOpenApiRoute(app: App): void {
  let text: string | undefined;
  app.get("/openapi.json", { config: { policy: "public" }, schema: { hide: true } }, (_request, reply) => {
    // Anybody may ask for it, so that it is put together once.
    text ??= JSON.stringify(app.swagger());
    return reply.type("application/json; charset=utf-8").send(text);
  });
}
