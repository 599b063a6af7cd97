import { type DagSpec, PolyflowError, type TaskSpec } from "@polyflow/contracts";
import { type PastWindow, pastWindowOf } from "./past-dependency.ts";

/** The graph of a DAG in the shapes that decisions need; built once per version and kept. */
export interface DagGraph {
  readonly dagId: string;
  readonly failFast: boolean;
  /** Some task depends on its past. */
  readonly dependsOnPast: boolean;
  /** Which runs such a task looks at. */
  readonly pastWindow: PastWindow;
  readonly tasks: ReadonlyMap<string, TaskSpec>;
  /** Every task stands after its upstream tasks. */
  readonly order: readonly string[];
  readonly roots: readonly string[];
  /** Tasks without downstream tasks: they decide how a run ends. */
  readonly leaves: readonly string[];
  upstreamOf(taskId: string): readonly string[];
  downstreamOf(taskId: string): readonly string[];
  /** The given tasks, each once, in topological order. */
  inOrder(taskIds: Iterable<string>): readonly string[];
  /** All tasks that come after any of the given ones, directly or not, in topological order; cost: as many as there are. */
  descendantsOf(taskIds: Iterable<string>): readonly string[];
}

const NO_TASKS: readonly string[] = [];

/**
 * @throws PolyflowError `dag_invalid` for a cycle, an upstream task that does not exist, or a task id that comes twice.
 * @example buildDagGraph(spec).downstreamOf("extract"); // ["load"]
 */
export function buildDagGraph(spec: Pick<DagSpec, "dagId" | "failFast" | "catchup" | "startDate" | "tasks">): DagGraph {
  const tasks = new Map<string, TaskSpec>();
  for (const task of spec.tasks) {
    if (tasks.has(task.taskId)) throw invalid(spec.dagId, `task "${task.taskId}" comes twice`);
    tasks.set(task.taskId, task);
  }
  const downstream = indexDownstream(spec.dagId, tasks);
  const downstreamOf = (taskId: string): readonly string[] => downstream.get(taskId) ?? NO_TASKS;
  const order = topologicalOrder(spec.dagId, tasks, downstreamOf);
  const position = new Map(order.map((taskId, index) => [taskId, index]));
  const inOrder = (taskIds: Iterable<string>): readonly string[] =>
    [...new Set(taskIds)].toSorted((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
  return {
    dagId: spec.dagId,
    failFast: spec.failFast,
    dependsOnPast: spec.tasks.some((task) => task.dependsOnPast),
    pastWindow: pastWindowOf(spec),
    tasks,
    order,
    roots: order.filter((taskId) => tasks.get(taskId)?.upstream.length === 0),
    leaves: order.filter((taskId) => downstreamOf(taskId).length === 0),
    upstreamOf: (taskId) => tasks.get(taskId)?.upstream ?? NO_TASKS,
    downstreamOf,
    inOrder,
    descendantsOf(taskIds) {
      const found = new Set<string>();
      const open = [...taskIds];
      for (let taskId = open.pop(); taskId !== undefined; taskId = open.pop()) {
        for (const next of downstreamOf(taskId)) {
          if (found.has(next)) continue;
          found.add(next);
          open.push(next);
        }
      }
      return inOrder(found);
    },
  };
}

function indexDownstream(dagId: string, tasks: ReadonlyMap<string, TaskSpec>): ReadonlyMap<string, readonly string[]> {
  const downstream = new Map<string, string[]>();
  for (const task of tasks.values()) {
    for (const upstreamId of task.upstream) {
      if (!tasks.has(upstreamId)) throw invalid(dagId, `task "${task.taskId}" comes after "${upstreamId}", which does not exist`);
      const followers = downstream.get(upstreamId);
      if (followers === undefined) downstream.set(upstreamId, [task.taskId]);
      else followers.push(task.taskId);
    }
  }
  return downstream;
}

/** Kahn's algorithm; keeps the order of the spec among tasks that could stand anywhere. */
function topologicalOrder(
  dagId: string,
  tasks: ReadonlyMap<string, TaskSpec>,
  downstreamOf: (taskId: string) => readonly string[],
): readonly string[] {
  const missing = new Map<string, number>();
  for (const task of tasks.values()) missing.set(task.taskId, task.upstream.length);
  const order = [...tasks.keys()].filter((taskId) => missing.get(taskId) === 0);
  for (let index = 0; index < order.length; index++) {
    for (const next of downstreamOf(order[index] ?? "")) {
      const left = (missing.get(next) ?? 0) - 1;
      missing.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  if (order.length === tasks.size) return order;
  const inCycle = [...tasks.keys()].filter((taskId) => (missing.get(taskId) ?? 0) > 0);
  throw invalid(dagId, `these tasks wait for each other: ${inCycle.slice(0, 10).join(", ")}`);
}

function invalid(dagId: string, problem: string): PolyflowError {
  return new PolyflowError("dag_invalid", `DAG "${dagId}" is not a graph without cycles: ${problem}.`, { details: { dagId } });
}
