import { PolyflowError } from "@polyflow/contracts";
import { onDag } from "../access/policy.ts";
import { dagPath, taskId } from "../http/path-params.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { task, taskCollection } from "./schemas/dag-schemas.ts";
import { taskView } from "./views/dag-view.ts";

/** Tasks of a DAG's newest version. */
export function addDagTaskRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/tasks",
    {
      config: { policy: [onDag("read", "DAGs"), onDag("read", "Task Instances")] },
      schema: { tags: ["Task"], summary: "List the tasks of a DAG", params: dagPath, response: { 200: taskCollection, ...errors.one } },
    },
    async (request) => {
      const { spec } = await existingDag(store, request.params.dag_id);
      return { tasks: spec.tasks.map((found) => taskView(found, spec)), total_entries: spec.tasks.length };
    },
  );

  app.get(
    "/api/v2/dags/:dag_id/tasks/:task_id",
    {
      config: { policy: [onDag("read", "DAGs"), onDag("read", "Task Instances")] },
      schema: {
        tags: ["Task"],
        summary: "Get a task of a DAG",
        params: dagPath.extend({ task_id: taskId }),
        response: { 200: task, ...errors.one },
      },
    },
    async (request) => {
      const { spec, dagId } = await existingDag(store, request.params.dag_id);
      const found = spec.tasks.find((candidate) => candidate.taskId === request.params.task_id);
      if (found === undefined) throw new PolyflowError("not_found", `DAG "${dagId}" has no task "${request.params.task_id}".`);
      return taskView(found, spec);
    },
  );
}
