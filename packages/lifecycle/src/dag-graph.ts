import { type DagSpec, mappedGroupsOf, type MappingSpec, mapSourceTasks, PolyflowError, type TaskSpec } from "@polyflow/contracts";
import { relationsOf, tasksAfter } from "./graph-relations.ts";
import { type PastWindow, pastWindowOf } from "./past-dependency.ts";

/** The graph of a DAG in the shapes that decisions need; built once per version and kept. */
export interface DagGraph {
  readonly dagId: string;
  readonly failFast: boolean;
  /** Some task or group is mapped. */
  readonly isMapped: boolean;
  /** Some task depends on its past. */
  readonly dependsOnPast: boolean;
  /** Which runs such a task looks at. */
  readonly pastWindow: PastWindow;
  readonly tasks: ReadonlyMap<string, TaskSpec>;
  /** Every task stands after its upstream tasks. */
  readonly order: readonly string[];
  readonly roots: readonly string[];
  /** Tasks that decide how a run ends: those without work after them; teardowns only where they were told to. */
  readonly leaves: readonly string[];
  upstreamOf(taskId: string): readonly string[];
  downstreamOf(taskId: string): readonly string[];
  /** Setups before the task, not directly, that must have succeeded. */
  setupsOf(taskId: string): readonly string[];
  /** Setups that the task's work needs, and teardowns that take away what these made: they run anew with it. */
  setupsAndTeardownsOf(taskId: string): readonly string[];
  /** Tasks whose success may say that the task is skipped. */
  skippersOf(taskId: string): readonly string[];
  /** All tasks of which a decision about the task needs to know. */
  neededFor(taskId: string): readonly string[];
  /** All tasks about which the end of the task may decide. */
  affectedBy(taskId: string): readonly string[];
  /** How the task, or the group that it is in, is mapped. */
  mappingOf(taskId: string): MappingSpec | undefined;
  /** Tasks of which the mapping needs the output. */
  mapSourcesOf(taskId: string): readonly string[];
  /** Tasks that are mapped together with the task, itself among them: those of its mapped group. */
  mappedWith(taskId: string): readonly string[];
  /** Both are in one mapped group: an instance meets that of the same index. */
  sharesIndex(taskId: string, otherTaskId: string): boolean;
  /** The given tasks, each once, in topological order. */
  inOrder(taskIds: Iterable<string>): readonly string[];
  /** All tasks that come after any of the given ones, directly or not, in topological order; cost: as many as there are. */
  descendantsOf(taskIds: Iterable<string>): readonly string[];
}

/** What of a spec the graph is made from. */
export type GraphSource = Pick<DagSpec, "dagId" | "failFast" | "catchup" | "startDate" | "groups" | "tasks">;

const NO_TASKS: readonly string[] = [];

/**
 * @throws PolyflowError `dag_invalid` for a cycle, an upstream task that does not exist, or a task id that comes twice.
 * @example buildDagGraph(spec).downstreamOf("extract"); // ["load"]
 */
export function buildDagGraph(spec: GraphSource): DagGraph {
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
  const { skippers, setups, leaves } = relationsOf({ tasks, order, downstreamOf });
  const mappedGroups = mappedGroupsOf(spec);
  const mappingOf = (taskId: string): MappingSpec | undefined => tasks.get(taskId)?.mapping ?? mappedGroups.get(taskId)?.mapping;
  const mapSourcesOf = (taskId: string): readonly string[] => {
    const mapping = mappingOf(taskId);
    return mapping === undefined ? NO_TASKS : mapSourceTasks(mapping);
  };
  const neededFor = (taskId: string): readonly string[] => {
    const upstream = tasks.get(taskId)?.upstream ?? NO_TASKS;
    const others = [...(skippers.get(taskId) ?? NO_TASKS), ...(setups.get(taskId) ?? NO_TASKS), ...mapSourcesOf(taskId)];
    return others.length === 0 ? upstream : [...new Set([...upstream, ...others])];
  };
  const distant = distantlyAffected(order, neededFor, tasks);
  return {
    dagId: spec.dagId,
    failFast: spec.failFast,
    isMapped: order.some((taskId) => mappingOf(taskId) !== undefined),
    dependsOnPast: spec.tasks.some((task) => task.dependsOnPast),
    pastWindow: pastWindowOf(spec),
    tasks,
    order,
    roots: order.filter((taskId) => tasks.get(taskId)?.upstream.length === 0),
    leaves,
    upstreamOf: (taskId) => tasks.get(taskId)?.upstream ?? NO_TASKS,
    downstreamOf,
    setupsOf: (taskId) => setups.get(taskId) ?? NO_TASKS,
    setupsAndTeardownsOf(taskId) {
      const upstream = tasks.get(taskId)?.upstream ?? NO_TASKS;
      const used = [...upstream, ...(setups.get(taskId) ?? NO_TASKS)].filter((other) => tasks.get(other)?.role === "setup");
      const made = tasks.get(taskId)?.role === "setup" ? [...used, taskId] : used;
      return [...used, ...made.flatMap((setup) => downstreamOf(setup).filter((other) => tasks.get(other)?.role === "teardown"))];
    },
    skippersOf: (taskId) => skippers.get(taskId) ?? NO_TASKS,
    neededFor,
    affectedBy(taskId) {
      const others = distant.get(taskId);
      return others === undefined ? downstreamOf(taskId) : [...downstreamOf(taskId), ...others];
    },
    mappingOf,
    mapSourcesOf,
    mappedWith(taskId) {
      const group = mappedGroups.get(taskId);
      return group === undefined ? [taskId] : order.filter((other) => mappedGroups.get(other) === group);
    },
    sharesIndex(taskId, otherTaskId) {
      const group = mappedGroups.get(taskId);
      return group !== undefined && group === mappedGroups.get(otherTaskId);
    },
    inOrder,
    descendantsOf(taskIds) {
      const found = new Set<string>();
      for (const taskId of taskIds) for (const after of tasksAfter(taskId, downstreamOf)) found.add(after);
      return inOrder(found);
    },
  };
}

/** By task: those that need to know of it without coming directly after it. */
function distantlyAffected(
  order: readonly string[],
  neededFor: (taskId: string) => readonly string[],
  tasks: ReadonlyMap<string, TaskSpec>,
): ReadonlyMap<string, readonly string[]> {
  const affected = new Map<string, string[]>();
  for (const taskId of order) {
    const direct = tasks.get(taskId)?.upstream ?? NO_TASKS;
    const needed = neededFor(taskId);
    if (needed === direct) continue;
    for (const other of needed) {
      if (direct.includes(other)) continue;
      const list = affected.get(other);
      if (list === undefined) affected.set(other, [taskId]);
      else list.push(taskId);
    }
  }
  return affected;
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
