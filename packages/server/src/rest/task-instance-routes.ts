import { TASK_INSTANCE_STATES } from "@polyflow/contracts";
import type { TaskInstanceRecord, TaskInstanceRef } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, runPath, taskId, taskPath } from "../http/path-params.ts";
import { cutPage, many, paging } from "../http/query.ts";
import { existingRun, existingTaskInstance } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { taskInstanceRef } from "./task-instance-ref.ts";
import { errors } from "./schemas/common.ts";
import { taskInstance, taskInstanceCollection } from "./schemas/run-schemas.ts";
import { taskInstanceView } from "./views/run-view.ts";

const tags = ["Task Instance"];
const policy = onDag("read", "Task Instances");
const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances";
const mappedPath = taskPath.extend({ map_index: mapIndex });

const filters = {
  state: many(z.enum([...TASK_INSTANCE_STATES, "no_status"])).optional(),
  pool: many(z.string().max(250)).optional(),
  queue: many(z.string().max(250)).optional(),
  operator: many(z.string().max(250)).optional(),
  map_index: many(mapIndex).optional(),
  ...paging,
};
const listQuery = z.strictObject({ task_id: taskId.optional(), ...filters });
const mappedQuery = z.strictObject(filters);

/** Task instances of a run. */
export function addTaskInstanceRoutes(app: App, { store, versions }: RestContext): void {
  app.get(
    base,
    {
      config: { policy },
      schema: {
        tags,
        summary: "List the task instances of a run",
        params: runPath,
        querystring: listQuery,
        response: { 200: taskInstanceCollection, ...errors.one },
      },
    },
    async (request) => listOf(request.params, request.query),
  );

  app.get(
    `${base}/:task_id`,
    {
      config: { policy },
      schema: { tags, summary: "Get a task instance", params: taskPath, response: { 200: taskInstance, ...errors.one } },
    },
    async (request) => oneOf(taskInstanceRef(request.params)),
  );

  app.get(
    `${base}/:task_id/:map_index`,
    {
      config: { policy },
      schema: { tags, summary: "Get a mapped task instance", params: mappedPath, response: { 200: taskInstance, ...errors.one } },
    },
    async (request) => oneOf(taskInstanceRef(request.params)),
  );

  app.get(
    `${base}/:task_id/listMapped`,
    {
      config: { policy },
      schema: {
        tags,
        summary: "List the mapped instances of a task",
        params: taskPath,
        querystring: mappedQuery,
        response: { 200: taskInstanceCollection, ...errors.one },
      },
    },
    async (request) => listOf(request.params, { ...request.query, task_id: request.params.task_id }, (instance) => instance.mapIndex >= 0),
  );

  async function listOf(
    path: z.infer<typeof runPath>,
    query: z.infer<typeof listQuery>,
    also: (instance: TaskInstanceRecord) => boolean = () => true,
  ) {
    const run = await existingRun(store, path.dag_id, path.dag_run_id);
    const all = await store.runs.listTaskInstances(run.dagId, run.runId);
    const found = all.filter((instance) => also(instance) && matches(instance, query));
    const version = await versions.get(run.versionId);
    return {
      task_instances: cutPage(found, query).map((instance) => taskInstanceView(instance, run, { version })),
      total_entries: found.length,
    };
  }

  async function oneOf(ref: TaskInstanceRef) {
    const instance = await existingTaskInstance(store, ref);
    const run = await existingRun(store, ref.dagId, ref.runId);
    const [version, renderedFields] = await Promise.all([versions.get(run.versionId), store.runs.getRenderedFields(ref)]);
    return taskInstanceView(instance, run, { version, renderedFields });
  }
}

function matches(instance: TaskInstanceRecord, query: z.infer<typeof listQuery>): boolean {
  const isAmong = <Value>(wanted: readonly Value[] | undefined, value: Value): boolean => wanted === undefined || wanted.includes(value);
  return (
    (query.task_id === undefined || instance.taskId === query.task_id) &&
    isAmong<string>(
      query.state?.map((state) => (state === "no_status" ? "none" : state)),
      instance.state,
    ) &&
    isAmong(query.pool, instance.pool) &&
    isAmong(query.queue, instance.queue) &&
    isAmong(query.operator, instance.operator) &&
    isAmong(query.map_index, instance.mapIndex)
  );
}
