import { PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath } from "../http/path-params.ts";
import { cutPage, paging } from "../http/query.ts";
import { existingRun, existingTaskInstance } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { xcomCollection, xcomWithValue } from "./schemas/run-schemas.ts";
import { xcomView } from "./views/run-view.ts";

const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries";
const policy = onDag("read", "XComs");
const xcomKey = z.string().min(1).max(512);

/** Outputs of task instances. Values are JSON and leave as JSON: nothing in them is ever brought to life. */
export function addXComRoutes(app: App, { store, versions }: RestContext): void {
  app.get(
    base,
    {
      config: { policy },
      schema: {
        tags: ["XCom"],
        summary: "List the outputs of a task instance",
        params: taskPath,
        querystring: z.strictObject({ xcom_key: xcomKey.optional(), map_index: mapIndex.default(UNMAPPED), ...paging }),
        response: { 200: xcomCollection, ...errors.one },
      },
    },
    async (request) => {
      const { xcom_key: key, map_index: mapIndex } = request.query;
      const { entries, view } = await xcomsOf(refOf(request.params, mapIndex));
      const found = entries.filter((entry) => key === undefined || entry.key === key);
      return { xcom_entries: cutPage(found, request.query).map(view), total_entries: found.length };
    },
  );

  app.get(
    `${base}/:xcom_key`,
    {
      config: { policy },
      schema: {
        tags: ["XCom"],
        summary: "Get an output of a task instance",
        params: taskPath.extend({ xcom_key: xcomKey }),
        querystring: z.strictObject({ map_index: mapIndex.default(UNMAPPED) }),
        response: { 200: xcomWithValue, ...errors.one },
      },
    },
    async (request) => {
      const { task_id: taskId, xcom_key: key } = request.params;
      const { entries, view } = await xcomsOf(refOf(request.params, request.query.map_index));
      const found = entries.find((entry) => entry.key === key);
      if (found === undefined) throw new PolyflowError("not_found", `Task "${taskId}" has no XCom "${key}" in this run.`);
      return { ...view(found), value: found.value };
    },
  );

  async function xcomsOf(ref: TaskInstanceRef) {
    const instance = await existingTaskInstance(store, ref);
    const [run, entries] = await Promise.all([existingRun(store, ref.dagId, ref.runId), store.runs.listXComs(ref)]);
    const version = await versions.get(run.versionId);
    return { entries, view: (entry: (typeof entries)[number]) => xcomView(entry, instance, { run, version }) };
  }
}

function refOf(path: z.infer<typeof taskPath>, mapIndex: number): TaskInstanceRef {
  return { dagId: path.dag_id, runId: path.dag_run_id, taskId: path.task_id, mapIndex };
}
