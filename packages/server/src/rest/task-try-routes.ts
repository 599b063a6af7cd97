import { PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath, tryNumber } from "../http/path-params.ts";
import { existingRun, existingTaskInstance } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { type TaskTryAnswer, taskTry, taskTryCollection } from "./schemas/run-schemas.ts";
import { taskInstanceRef } from "./task-instance-ref.ts";
import { tryView } from "./views/run-view.ts";

const tags = ["Task Instance"];
const policy = onDag("read", "Task Instances");
const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances";
const mappedPath = taskPath.extend({ map_index: mapIndex });
const ofMapIndex = z.strictObject({ map_index: mapIndex.default(UNMAPPED) });

/** Tries of a task instance: the ended ones, and the one that goes on. */
export function addTaskTryRoutes(app: App, { store, versions }: RestContext): void {
  app.get(
    `${base}/:task_id/tries`,
    {
      config: { policy },
      schema: {
        tags,
        summary: "List the tries of a task instance",
        params: taskPath,
        querystring: ofMapIndex,
        response: { 200: taskTryCollection, ...errors.one },
      },
    },
    async (request) => collection(await triesOf({ ...taskInstanceRef(request.params), mapIndex: request.query.map_index })),
  );

  app.get(
    `${base}/:task_id/:map_index/tries`,
    {
      config: { policy },
      schema: {
        tags,
        summary: "List the tries of a mapped task instance",
        params: mappedPath,
        response: { 200: taskTryCollection, ...errors.one },
      },
    },
    async (request) => collection(await triesOf(taskInstanceRef(request.params))),
  );

  app.get(
    `${base}/:task_id/tries/:task_try_number`,
    {
      config: { policy },
      schema: {
        tags,
        summary: "Get a try of a task instance",
        params: taskPath.extend({ task_try_number: tryNumber }),
        querystring: ofMapIndex,
        response: { 200: taskTry, ...errors.one },
      },
    },
    async (request) => tryOf({ ...taskInstanceRef(request.params), mapIndex: request.query.map_index }, request.params.task_try_number),
  );

  app.get(
    `${base}/:task_id/:map_index/tries/:task_try_number`,
    {
      config: { policy },
      schema: {
        tags,
        summary: "Get a try of a mapped task instance",
        params: mappedPath.extend({ task_try_number: tryNumber }),
        response: { 200: taskTry, ...errors.one },
      },
    },
    async (request) => tryOf(taskInstanceRef(request.params), request.params.task_try_number),
  );

  async function triesOf(ref: TaskInstanceRef): Promise<readonly TaskTryAnswer[]> {
    const instance = await existingTaskInstance(store, ref);
    const [run, ended] = await Promise.all([existingRun(store, ref.dagId, ref.runId), store.runs.listTries(ref)]);
    const version = await versions.get(run.versionId);
    const tries = ended.map((attempt) => tryView(attempt, instance, version));
    const isInHistory = instance.tryNumber === 0 || ended.some((attempt) => attempt.tryNumber === instance.tryNumber);
    return isInHistory ? tries : [...tries, tryView(instance, instance, version)];
  }

  async function tryOf(ref: TaskInstanceRef, number: number): Promise<TaskTryAnswer> {
    const found = (await triesOf(ref)).find((attempt) => attempt.try_number === number);
    if (found === undefined)
      throw new PolyflowError("task_instance_not_found", `Task "${ref.taskId}" has no try ${number} in run "${ref.runId}".`);
    return found;
  }
}

function collection(tries: readonly TaskTryAnswer[]) {
  return { task_instances: [...tries], total_entries: tries.length };
}
