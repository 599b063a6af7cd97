import type { JsonObject } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import type { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath } from "../http/path-params.ts";
import { changeTaskInstance } from "../runs/change-task-instance.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { patchTaskInstanceBody, taskInstanceCollection } from "./schemas/run-schemas.ts";
import { taskInstanceRef } from "./task-instance-ref.ts";
import { taskInstanceCollectionOf } from "./views/task-instance-collection.ts";

const tags = ["Task Instance"];
const policy = onDag("edit", "Task Instances");
const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id";
const mappedPath = taskPath.extend({ map_index: mapIndex });
type Body = z.infer<typeof patchTaskInstanceBody>;

function auditDetails(body: Body): JsonObject {
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (value === undefined || value === false ? [] : [[name, value]])),
  );
}

/** Marking task instances as success or failed, and notes on them; `dry_run` tells what marking would touch. */
export function addTaskInstanceEditRoutes(app: App, { store, versions }: RestContext): void {
  const collection = taskInstanceCollectionOf({ store, versions });
  const common = { body: patchTaskInstanceBody, response: { 200: taskInstanceCollection, ...errors.create } };

  app.patch(
    base,
    {
      config: { policy, audit: "edit_task_instance" },
      schema: { tags, summary: "Mark a task of a run, or change its note", params: taskPath, ...common },
    },
    async (request) => {
      const ref = taskInstanceRef(request.params);
      request.auditDetails = auditDetails(request.body);
      return collection(await patch(ref, request.body, false));
    },
  );
  app.patch(
    `${base}/:map_index`,
    {
      config: { policy, audit: "edit_task_instance" },
      schema: { tags, summary: "Mark an instance of a mapped task, or change its note", params: mappedPath, ...common },
    },
    async (request) => {
      const ref = { ...taskInstanceRef(request.params), mapIndex: request.params.map_index };
      request.auditDetails = { ...auditDetails(request.body), map_index: ref.mapIndex };
      return collection(await patch(ref, request.body, false));
    },
  );
  app.patch(
    `${base}/dry_run`,
    {
      config: { policy, audit: "preview_edit_task_instance" },
      schema: { tags, summary: "Tell what marking a task would touch", params: taskPath, ...common },
    },
    async (request) => collection(await patch(taskInstanceRef(request.params), request.body, true)),
  );
  app.patch(
    `${base}/:map_index/dry_run`,
    {
      config: { policy, audit: "preview_edit_task_instance" },
      schema: { tags, summary: "Tell what marking an instance of a mapped task would touch", params: mappedPath, ...common },
    },
    async (request) =>
      collection(await patch({ ...taskInstanceRef(request.params), mapIndex: request.params.map_index }, request.body, true)),
  );

  function patch(ref: TaskInstanceRef, body: Body, dryRun: boolean) {
    return changeTaskInstance(store, ref, {
      newState: body.new_state ?? undefined,
      note: body.note,
      includeUpstream: body.include_upstream,
      includeDownstream: body.include_downstream,
      includePast: body.include_past,
      includeFuture: body.include_future,
      dryRun,
    });
  }
}
