import { MAX_INFRASTRUCTURE_LOSSES } from "@polyflow/lifecycle";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { dagId } from "../http/path-params.ts";
import { pageSize, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors, maybeInstant, maybeText } from "./schemas/common.ts";

const deadLetterCollection = z
  .object({
    dead_letters: z.array(
      z.object({
        dag_id: z.string(),
        dag_run_id: z.string(),
        task_id: z.string(),
        map_index: z.number().int(),
        try_number: z.number().int(),
        losses: z.number().int(),
        reason: maybeText,
        hostname: maybeText,
        end_date: maybeInstant,
      }),
    ),
    total_entries: z.number().int(),
  })
  .meta({ id: "DeadLetterCollectionResponse" });

/** Task instances that were given up since infrastructure lost them too often. */
export function addDeadLetterRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/deadLetters",
    {
      config: { policy: filtered("read", "Task Instances") },
      schema: {
        tags: ["Task Instance"],
        summary: "List the task instances that were given up since their workers were lost too often; clearing one tries it again",
        querystring: z.strictObject({ dag_id: dagId.optional(), ...paging }),
        response: { 200: deadLetterCollection, ...errors.list },
      },
    },
    async (request) => {
      const { dag_id: ofDag, limit, offset } = request.query;
      const readableDagIds = callerOf(request).rights.dagIds("read", "Task Instances");
      const { rows, total } = await store.runs.listDeadLetters({
        moreLossesThan: MAX_INFRASTRUCTURE_LOSSES,
        ...(ofDag === undefined ? {} : { dagId: ofDag }),
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
        limit: pageSize(limit),
        offset,
      });
      const dead = rows.map((row) => ({
        dag_id: row.dagId,
        dag_run_id: row.runId,
        task_id: row.taskId,
        map_index: row.mapIndex,
        try_number: row.tryNumber,
        losses: row.losses,
        reason: row.reason,
        hostname: row.hostname,
        end_date: row.endDate?.toISOString() ?? null,
      }));
      return { dead_letters: dead, total_entries: total };
    },
  );
}
