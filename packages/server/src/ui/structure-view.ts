import type { DagSpec, TaskSpec } from "@polyflow/contracts";
import type { UiStructure } from "@polyflow/contracts/wire";
import { wireJson } from "../http/wire-json.ts";

/** A DAG as a graph: its tasks, and an edge from each upstream task. */
export function structureView(spec: DagSpec, versionNumber: number): UiStructure {
  return {
    version_number: versionNumber,
    nodes: spec.tasks.map((task) => ({
      task_id: task.taskId,
      label: task.displayName ?? task.taskId,
      operator: task.operator,
      details: wireJson(task.details),
      doc_md: task.docMd ?? null,
      trigger_rule: task.triggerRule,
      retries: task.retries,
      group_id: task.groupId ?? null,
    })),
    edges: spec.tasks.flatMap((task) => {
      const givers = dataGivers(task);
      return task.upstream.map((from) => ({ from, to: task.taskId, data: givers.has(from) }));
    }),
  };
}

/** Tasks whose output this one takes. */
function dataGivers(task: TaskSpec): ReadonlySet<string> {
  const givers = new Set<string>();
  for (const input of Object.values(task.inputs)) if (input.kind === "output") givers.add(input.taskId);
  return givers;
}
