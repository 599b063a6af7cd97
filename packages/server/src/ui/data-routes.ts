import { PolyflowError } from "@polyflow/contracts";
import { uiDataDrift, uiDataEntity, uiDataLineage, uiDataOverview, uiDataRejects, uiDataSource } from "@polyflow/contracts/wire";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally } from "../access/policy.ts";
import type { DataCatalogue } from "../data/data-catalogue.ts";
import { withProcesses } from "../data/lineage-processes.ts";
import type { App, ServerContext } from "../server-context.ts";

const config = { policy: globally("read", "Data") };
const name = z.string().min(1).max(250);
const MOST_ROWS = 1000;

/** The data catalogue: what flows from where to where, and how that went. */
export function addUiDataRoutes(app: App, { data, store }: ServerContext): void {
  app.get("/data", { config, schema: { hide: true, response: { 200: uiDataOverview } } }, async () => catalogue().overview());

  app.get(
    "/data/entities/:project/:ref",
    { config, schema: { hide: true, params: z.object({ project: name, ref: name }), response: { 200: uiDataEntity } } },
    async ({ params: { project, ref } }) => {
      const entity = await catalogue().entity(project, ref);
      if (entity === undefined) throw new PolyflowError("not_found", `Project "${project}" describes no entity "${ref}".`);
      return entity;
    },
  );

  app.get(
    "/data/sources/:project/:name",
    { config, schema: { hide: true, params: z.object({ project: name, name }), response: { 200: uiDataSource } } },
    async ({ params }) => {
      const source = await catalogue().source(params.project, params.name);
      if (source === undefined) throw new PolyflowError("not_found", `Project "${params.project}" describes no source "${params.name}".`);
      return source;
    },
  );

  app.get("/data/lineage", { config, schema: { hide: true, response: { 200: uiDataLineage } } }, async (request) =>
    withProcesses(await catalogue().lineage(), store, callerOf(request).rights),
  );

  app.get(
    "/data/rejects",
    {
      config,
      schema: {
        hide: true,
        querystring: z.strictObject({
          flow: name.optional(),
          load_id: z.uuid().optional(),
          column: name.optional(),
          state: z.enum(["open", "fixed", "replayed", "dismissed"]).optional(),
          after: z.coerce.number().int().min(0).optional(),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(100),
        }),
        response: { 200: uiDataRejects },
      },
    },
    async ({ query: { load_id: loadId, ...filter } }) => catalogue().rejects({ ...filter, loadId }),
  );

  app.get(
    "/data/drift",
    {
      config,
      schema: {
        hide: true,
        querystring: z.strictObject({ state: z.enum(["open", "accepted", "dismissed"]).optional() }),
        response: { 200: uiDataDrift },
      },
    },
    async ({ query }) => catalogue().drift(query.state),
  );

  function catalogue(): DataCatalogue {
    if (data !== undefined) return data;
    throw new PolyflowError("not_found", "This server has no data catalogue: it was started without projects.");
  }
}
