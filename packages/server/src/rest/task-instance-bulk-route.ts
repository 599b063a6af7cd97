import { PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { ERROR_STATUS } from "../http/error-status.ts";
import { dagId, dagIdOrAll, runId, taskId } from "../http/path-params.ts";
import { changeTaskInstance } from "../runs/change-task-instance.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { type BulkActionAnswer, bulkAnswer } from "./schemas/bulk-schemas.ts";
import { errors } from "./schemas/common.ts";
import { patchTaskInstanceFields } from "./schemas/run-schemas.ts";

const MOST_ENTITIES = 1000;
const path = z.object({ dag_id: dagIdOrAll, dag_run_id: z.union([z.literal("~"), runId]) });

const entity = z
  .strictObject({
    task_id: taskId,
    map_index: z.int().min(-1).nullish(),
    dag_id: dagId.nullish(),
    dag_run_id: runId.nullish(),
    ...patchTaskInstanceFields,
  })
  .meta({ id: "BulkTaskInstanceBody" });
type Entity = z.infer<typeof entity>;

const update = z.strictObject({
  action: z.literal("update"),
  entities: z.array(entity).max(MOST_ENTITIES),
  action_on_non_existence: z.enum(["fail", "skip"]).default("fail"),
});
const body = z.strictObject({ actions: z.array(update).max(100) }).meta({ id: "BulkBody_BulkTaskInstanceBody_" });

/**
 * Marks many task instances, or changes their notes. With `~` in the address each entity names its DAG and run. Each is authorised by itself:
 * one that may not be changed stands among the errors, as if it did not exist.
 */
export function addTaskInstanceBulkRoute(app: App, { store }: RestContext): void {
  app.patch(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances",
    {
      config: { policy: onDag("edit", "Task Instances"), audit: "bulk_task_instances" },
      schema: {
        tags: ["Task Instance"],
        summary: "Mark task instances, or change their notes; with `~` those of several DAGs and runs",
        params: path,
        body,
        response: { 200: bulkAnswer, ...errors.create },
      },
    },
    async (request) => {
      const done: BulkActionAnswer = { success: [], errors: [] };
      for (const action of request.body.actions) {
        for (const one of action.entities) await change(request, one, { done, skipsMissing: action.action_on_non_existence === "skip" });
      }
      request.auditDetails = { updated: done.success.slice(0, 100), refused: done.errors.length };
      return { create: null, update: done, delete: null };
    },
  );

  async function change(
    request: FastifyRequest<{ Params: z.infer<typeof path> }>,
    one: Entity,
    { done, skipsMissing }: { readonly done: BulkActionAnswer; readonly skipsMissing: boolean },
  ): Promise<void> {
    let name = one.task_id;
    try {
      const ref = refOf(request.params, one);
      name = `${ref.dagId}.${ref.runId}.${ref.taskId}[${ref.mapIndex}]`;
      // The entity's own DAG, not the one of the address, decides.
      if (!callerOf(request).rights.onDag("edit", "Task Instances", ref.dagId)) {
        throw new PolyflowError("dag_run_not_found", `DAG "${ref.dagId}" has no run "${ref.runId}".`);
      }
      await changeTaskInstance(store, ref, {
        newState: one.new_state ?? undefined,
        note: one.note,
        includeUpstream: one.include_upstream,
        includeDownstream: one.include_downstream,
        includePast: one.include_past,
        includeFuture: one.include_future,
        dryRun: false,
      });
      done.success.push(name);
    } catch (error) {
      if (!(error instanceof PolyflowError) || error.fault !== "user") throw error;
      const status = ERROR_STATUS[error.code];
      if (status === 404 && skipsMissing) return;
      done.errors.push({ name, error: error.message, status_code: status });
    }
  }
}

/** @throws PolyflowError `request_invalid` when neither address nor entity says which run is meant, or they differ */
function refOf(params: z.infer<typeof path>, one: Entity): TaskInstanceRef {
  return {
    dagId: agreed("dag_id", params.dag_id, one.dag_id),
    runId: agreed("dag_run_id", params.dag_run_id, one.dag_run_id),
    taskId: one.task_id,
    mapIndex: one.map_index ?? UNMAPPED,
  };
}

function agreed(field: string, inAddress: string, inEntity: string | null | undefined): string {
  if (inAddress === "~") {
    if (inEntity != null) return inEntity;
    throw new PolyflowError("request_invalid", `entities: ${field} is missing; the address has "~" for it.`);
  }
  if (inEntity == null || inEntity === inAddress) return inAddress;
  throw new PolyflowError("request_invalid", `entities: ${field} is "${inEntity}", but the address names "${inAddress}".`);
}
