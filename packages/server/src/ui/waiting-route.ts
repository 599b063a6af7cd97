import type { UiWaiting } from "@polyflow/contracts/wire";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { dagId, mapIndex, runId, taskId } from "../http/path-params.ts";
import { waitingGates } from "../runs/waiting-gates.ts";
import type { App, ServerContext } from "../server-context.ts";

const path = z.object({ dag_id: dagId, run_id: runId, task_id: taskId });

/** Why a task instance waits: each gate with its answer, and the facts behind them, so that they can be said in any language. */
export function addUiWaitingRoute(app: App, { store, clock, parallelism, maxActiveTasksOver }: ServerContext): void {
  app.get(
    "/dags/:dag_id/runs/:run_id/tasks/:task_id/waiting",
    {
      config: { policy: onDag("read", "Task Instances") },
      schema: { hide: true, params: path, querystring: z.strictObject({ map_index: mapIndex.default(-1) }) },
    },
    async (request): Promise<UiWaiting> => {
      const { dag_id: ofDag, run_id: ofRun, task_id: ofTask } = request.params;
      const ref = { dagId: ofDag, runId: ofRun, taskId: ofTask, mapIndex: request.query.map_index };
      const readableDagIds = callerOf(request).rights.dagIds("read", "DAGs");
      const context = { store, now: new Date(clock.now()), parallelism, maxActiveTasksOver, readableDagIds };
      const { gates, facts } = await waitingGates(context, ref);
      return {
        gates: gates.map(({ gate, passed, reason }) => ({ gate, passed, reason })),
        facts: {
          trigger_rule: facts.task.triggerRule,
          upstream: {
            total: facts.upstream.total,
            success: facts.upstream.success,
            failed: facts.upstream.failed + facts.upstream.upstreamFailed,
            skipped: facts.upstream.skipped,
          },
          run_state: facts.run.state,
          active_runs: facts.run.activeRunsOfDag,
          max_active_runs: facts.dag.maxActiveRuns,
          active_tasks: facts.run.activeTasks,
          max_active_tasks: facts.dag.maxActiveTasks,
          next_retry_at: facts.task.nextRetryAt?.toISOString() ?? null,
          pool: facts.pool === undefined ? null : { name: facts.pool.name, slots: facts.pool.slots, occupied: facts.pool.occupied },
          pool_slots: facts.task.poolSlots,
          active: facts.installation.active,
          parallelism: facts.installation.parallelism,
        },
      };
    },
  );
}
