import { uiViews } from "@polyflow/contracts/wire";
import { z } from "zod";
import { signedInCallerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";

const page = z.enum(["dags", "runs", "tasks"]);
const viewsPath = z.object({ page });
const viewPath = z.object({ page, name: z.string().min(1).max(100) });
const viewBody = z.strictObject({ query: z.string().max(2000) });

/** What users keep for themselves about lists: favourites and views. Nobody reads or changes another's. */
export function addUiOwnListRoutes(app: App, { store }: ServerContext): void {
  for (const method of ["PUT", "DELETE"] as const) {
    app.route({
      method,
      url: "/dags/:dag_id/favourite",
      config: { policy: onDag("read", "DAGs"), audit: method === "PUT" ? "add_favourite_dag" : "remove_favourite_dag" },
      schema: { hide: true, params: dagPath },
      handler: async (request, reply) => {
        const { dagId } = await existingDag(store, dagPath.parse(request.params).dag_id);
        await store.dagList.setFavourite(signedInCallerOf(request).principal.userId, dagId, method === "PUT");
        return reply.code(204).send();
      },
    });
  }

  app.get(
    "/views/:page",
    { config: { policy: "authenticated" }, schema: { hide: true, params: viewsPath, response: { 200: uiViews } } },
    async (request) => ({
      views: [...(await store.dagList.listViews(signedInCallerOf(request).principal.userId, request.params.page))],
    }),
  );

  app.put(
    "/views/:page/:name",
    { config: { policy: "authenticated", audit: "save_view" }, schema: { hide: true, params: viewPath, body: viewBody } },
    async (request, reply) => {
      const { page: of, name } = request.params;
      await store.dagList.saveView(signedInCallerOf(request).principal.userId, of, { name, query: request.body.query });
      return reply.code(204).send();
    },
  );

  app.delete(
    "/views/:page/:name",
    { config: { policy: "authenticated", audit: "delete_view" }, schema: { hide: true, params: viewPath } },
    async (request, reply) => {
      const { page: of, name } = request.params;
      await store.dagList.deleteView(signedInCallerOf(request).principal.userId, of, name);
      return reply.code(204).send();
    },
  );
}
