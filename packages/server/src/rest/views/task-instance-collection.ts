import type { DagRunRecord, TaskInstanceRecord } from "@polyflow/store";
import type { RestContext } from "../rest-context.ts";
import { taskInstanceView } from "./run-view.ts";

/** Makes collections of task instances of one DAG, from one or several runs; each run is read once. */
export function taskInstanceCollectionOf({ store, versions }: Pick<RestContext, "store" | "versions">) {
  return async (instances: readonly TaskInstanceRecord[]) => {
    const runs = new Map<string, DagRunRecord>();
    for (const { dagId, runId } of instances) {
      if (runs.has(runId)) continue;
      const run = await store.runs.getRun(dagId, runId);
      if (run !== undefined) runs.set(runId, run);
    }
    const facts = await versions.getMany([...runs.values()].map((run) => run.versionId));
    const views = instances.flatMap((instance) => {
      const run = runs.get(instance.runId);
      return run === undefined ? [] : [taskInstanceView(instance, run, { version: facts.get(run.versionId) })];
    });
    return { task_instances: views, total_entries: views.length };
  };
}
