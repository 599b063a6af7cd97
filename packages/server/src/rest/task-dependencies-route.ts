import type { TaskInstanceRef } from "@polyflow/store";
import type { FastifyRequest } from "fastify";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath } from "../http/path-params.ts";
import { waitingGates } from "../runs/waiting-gates.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { taskDependencies } from "./schemas/run-schemas.ts";
import { taskInstanceRef } from "./task-instance-ref.ts";

const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id";
const policy = onDag("read", "Task Instances");

/** Why a task instance does not run: the reasons that hold it back; none when nothing does. */
export function addTaskDependenciesRoute(app: App, { store, clock, parallelism, maxActiveTasksOver }: RestContext): void {
  const common = { tags: ["Task Instance"], response: { 200: taskDependencies, ...errors.one } };
  app.get(
    `${base}/dependencies`,
    { config: { policy }, schema: { summary: "Tell what holds a task instance back", params: taskPath, ...common } },
    async (request) => reasons(request, taskInstanceRef(request.params)),
  );
  app.get(
    `${base}/:map_index/dependencies`,
    {
      config: { policy },
      schema: { summary: "Tell what holds an instance of a mapped task back", params: taskPath.extend({ map_index: mapIndex }), ...common },
    },
    async (request) => reasons(request, { ...taskInstanceRef(request.params), mapIndex: request.params.map_index }),
  );

  async function reasons(request: FastifyRequest, ref: TaskInstanceRef) {
    const readableDagIds = callerOf(request).rights.dagIds("read", "DAGs");
    const { gates } = await waitingGates({ store, now: new Date(clock.now()), parallelism, maxActiveTasksOver, readableDagIds }, ref);
    return {
      dependencies: gates.filter((gate) => !gate.passed).map(({ gate, reason }) => ({ name: gate, reason })),
      gates: gates.map(({ gate, passed, reason }) => ({ gate, passed, reason })),
    };
  }
}
