import { PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath } from "../http/path-params.ts";
import { existingRun, existingTaskInstance } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors, jsonValue, noContent } from "./schemas/common.ts";
import { xcomWithValue } from "./schemas/run-schemas.ts";
import { xcomView } from "./views/run-view.ts";

const tags = ["XCom"];
const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries";
const xcomKey = z.string().min(1).max(512);
const keyPath = taskPath.extend({ xcom_key: xcomKey });
const instanceIndex = z.int().min(-1).max(1_000_000).default(UNMAPPED);
const createBody = z.strictObject({ key: xcomKey, value: jsonValue, map_index: instanceIndex }).meta({ id: "XComCreateBody" });
const updateBody = z.strictObject({ value: jsonValue, map_index: instanceIndex }).meta({ id: "XComUpdateBody" });

/** Creating, changing and deleting outputs by hand: three rights. What was changed is known by its key alone, never by its value. */
export function addXComEditRoutes(app: App, context: RestContext): void {
  const { store } = context;
  app.post(
    base,
    {
      config: { policy: onDag("create", "XComs"), audit: "create_xcom" },
      schema: {
        tags,
        summary: "Create an output of a task instance",
        params: taskPath,
        body: createBody,
        response: { 201: xcomWithValue, ...errors.create },
      },
    },
    async (request, reply) => {
      const { key, value, map_index: index } = request.body;
      const ref = refOf(request.params, index);
      await existingTaskInstance(store, ref);
      request.auditDetails = { key, map_index: index };
      if (!(await store.xcoms.saveXCom(ref, { key, value, overwrite: false }))) {
        throw new PolyflowError("xcom_exists", `Task "${ref.taskId}" has an output "${key}" in this run already. Change it with PATCH.`);
      }
      return reply.code(201).send(await entryOf(context, ref, key));
    },
  );

  app.patch(
    `${base}/:xcom_key`,
    {
      config: { policy: onDag("edit", "XComs"), audit: "edit_xcom" },
      schema: {
        tags,
        summary: "Change an output of a task instance",
        params: keyPath,
        body: updateBody,
        response: { 200: xcomWithValue, ...errors.create },
      },
    },
    async (request) => {
      const { xcom_key: key } = request.params;
      const ref = refOf(request.params, request.body.map_index);
      await entryOf(context, ref, key);
      request.auditDetails = { key, map_index: ref.mapIndex };
      await store.xcoms.saveXCom(ref, { key, value: request.body.value, overwrite: true });
      return entryOf(context, ref, key);
    },
  );

  app.delete(
    `${base}/:xcom_key`,
    {
      config: { policy: onDag("delete", "XComs"), audit: "delete_xcom" },
      schema: {
        tags,
        summary: "Delete an output of a task instance",
        params: keyPath,
        querystring: z.strictObject({ map_index: mapIndex.default(UNMAPPED) }),
        response: { 204: noContent, ...errors.one },
      },
    },
    async (request, reply) => {
      const { xcom_key: key } = request.params;
      const ref = refOf(request.params, request.query.map_index);
      request.auditDetails = { key, map_index: ref.mapIndex };
      if (!(await store.xcoms.deleteXCom(ref, key))) throw unknown(ref, key);
      return reply.code(204).send();
    },
  );
}

async function entryOf({ store, versions }: RestContext, ref: TaskInstanceRef, key: string) {
  const instance = await existingTaskInstance(store, ref);
  const [run, entries] = await Promise.all([existingRun(store, ref.dagId, ref.runId), store.runs.listXComs(ref)]);
  const entry = entries.find((candidate) => candidate.key === key);
  if (entry === undefined) throw unknown(ref, key);
  return { ...xcomView(entry, instance, { run, version: await versions.get(run.versionId) }), value: entry.value };
}

function unknown(ref: TaskInstanceRef, key: string): PolyflowError {
  return new PolyflowError("not_found", `Task "${ref.taskId}" has no XCom "${key}" in this run.`);
}

function refOf(path: z.infer<typeof taskPath>, index: number): TaskInstanceRef {
  return { dagId: path.dag_id, runId: path.dag_run_id, taskId: path.task_id, mapIndex: index };
}
