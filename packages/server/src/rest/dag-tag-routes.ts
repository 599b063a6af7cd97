import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { cutPage, paging } from "../http/query.ts";
import { visibleTags } from "../records/visible-tags.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { dagTagCollection } from "./schemas/dag-schemas.ts";

/** Tags of the DAGs that the caller may read. */
export function addDagTagRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dagTags",
    {
      config: { policy: filtered("read", "DAGs") },
      schema: {
        tags: ["DAG"],
        summary: "List the tags in use",
        querystring: z.strictObject(paging),
        response: { 200: dagTagCollection, ...errors.list },
      },
    },
    async (request) => {
      const found = await visibleTags(store, callerOf(request).rights);
      return { tags: [...cutPage(found, request.query)], total_entries: found.length };
    },
  );
}
