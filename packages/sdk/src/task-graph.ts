import type { WeightRule } from "@polyflow/contracts";
import { compareText } from "./json-conversion.ts";

/** What the graph's functions need to know of a task. */
export interface GraphNode {
  readonly taskId: string;
  readonly upstream: ReadonlySet<string>;
}

/** The tasks in order, or the ids of a cycle, its first task repeated at the end. */
export type GraphOrder<Node> =
  | { readonly kind: "ordered"; readonly tasks: readonly Node[] }
  | { readonly kind: "cycle"; readonly path: readonly string[] };

const WEIGHT_LIMIT = 2_147_483_647;

/**
 * Orders tasks so that each stands after its upstream tasks; among those that could stand side by side, by id.
 * So the order does not depend on the order of description.
 */
export function orderTasks<Node extends GraphNode>(tasks: ReadonlyMap<string, Node>): GraphOrder<Node> {
  const depths = measureDepths(tasks);
  if (depths.size < tasks.size) return { kind: "cycle", path: findCycle(tasks, depths) };
  const depthOf = (node: Node): number => depths.get(node.taskId) ?? 0;
  const ordered = [...tasks.values()].sort((left, right) => depthOf(left) - depthOf(right) || compareText(left.taskId, right.taskId));
  return { kind: "ordered", tasks: ordered };
}

/** Length of the longest way from a task without upstream; tasks of and behind cycles have none. */
function measureDepths(tasks: ReadonlyMap<string, GraphNode>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const downstream = downstreamOf(tasks);
  const waitingFor = new Map([...tasks].map(([taskId, node]) => [taskId, node.upstream.size]));
  let front = [...tasks.keys()].filter((taskId) => waitingFor.get(taskId) === 0);
  for (let depth = 0; front.length > 0; depth++) {
    for (const taskId of front) depths.set(taskId, depth);
    const released = front.flatMap((taskId) => downstream.get(taskId) ?? []);
    for (const taskId of released) waitingFor.set(taskId, (waitingFor.get(taskId) ?? 0) - 1);
    front = [...new Set(released)].filter((taskId) => waitingFor.get(taskId) === 0);
  }
  return depths;
}

/** Effective weights: own weight plus that of all tasks after (`downstream`) or before (`upstream`) it, each counted once. */
export function effectiveWeights(
  ordered: readonly (GraphNode & { readonly weight: number; readonly weightRule: WeightRule })[],
): ReadonlyMap<string, number> {
  const indexes = new Map(ordered.map((node, index) => [node.taskId, index]));
  const upstream = ordered.map((node) => [...node.upstream].map((taskId) => indexes.get(taskId) ?? 0));
  const downstream: number[][] = ordered.map(() => []);
  for (const [index, sources] of upstream.entries()) for (const source of sources) downstream[source]?.push(index);
  const weights = ordered.map((node) => node.weight);
  const rules = new Set(ordered.map((node) => node.weightRule));
  const forward = ordered.map((_node, index) => index);
  const above = rules.has("upstream") ? reachableSums(forward, upstream, weights) : [];
  const below = rules.has("downstream") ? reachableSums(forward.toReversed(), downstream, weights) : [];
  const sums = { upstream: above, downstream: below, absolute: [] };
  return new Map(
    ordered.map((node, index) => {
      const sum = node.weight + (sums[node.weightRule][index] ?? 0);
      return [node.taskId, Math.min(WEIGHT_LIMIT, Math.max(-WEIGHT_LIMIT, sum))];
    }),
  );
}

/** For each task the sum of the weights of all that can be reached from it. `order` visits neighbours first. */
function reachableSums(
  order: readonly number[],
  neighbours: readonly (readonly number[])[],
  weights: readonly number[],
): readonly number[] {
  const words = Math.ceil(order.length / 32);
  // one row of bits per task; a table of its own for each task would cost more than the work on it
  const reached = new Uint32Array(order.length * words);
  const sums: number[] = weights.map(() => 0);
  // most DAGs leave all weights alone: then counting is enough, and far quicker in long chains
  const [common] = new Set(weights).size === 1 ? weights : [];
  for (const index of order) {
    const row = reached.subarray(index * words, (index + 1) * words);
    for (const neighbour of neighbours[index] ?? []) {
      const start = neighbour * words;
      for (let word = 0; word < words; word++) row[word] = (row[word] ?? 0) | (reached[start + word] ?? 0);
      row[neighbour >>> 5] = (row[neighbour >>> 5] ?? 0) | (1 << (neighbour & 31));
    }
    sums[index] = common === undefined ? sumOf(row, weights) : common * countBits(row);
  }
  return sums;
}

function sumOf(set: Uint32Array, weights: readonly number[]): number {
  let sum = 0;
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word] ?? 0; bits !== 0; bits &= bits - 1) {
      sum += weights[word * 32 + 31 - Math.clz32(bits & -bits)] ?? 0;
    }
  }
  return sum;
}

function countBits(set: Uint32Array): number {
  let count = 0;
  for (let bits of set) {
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return count;
}

function downstreamOf(tasks: ReadonlyMap<string, GraphNode>): ReadonlyMap<string, readonly string[]> {
  const downstream = new Map<string, string[]>();
  for (const [taskId, node] of tasks) {
    for (const earlier of node.upstream) {
      const list = downstream.get(earlier);
      if (list === undefined) downstream.set(earlier, [taskId]);
      else list.push(taskId);
    }
  }
  return downstream;
}

/** Walks upstream among the tasks that could not be ordered until one comes back. */
function findCycle(tasks: ReadonlyMap<string, GraphNode>, ordered: ReadonlyMap<string, number>): readonly string[] {
  const stuckUpstream = (taskId: string): string | undefined =>
    [...(tasks.get(taskId)?.upstream ?? [])].find((earlier) => !ordered.has(earlier));
  const walked: string[] = [];
  let taskId = [...tasks.keys()].find((candidate) => !ordered.has(candidate));
  while (taskId !== undefined && !walked.includes(taskId)) {
    walked.push(taskId);
    taskId = stuckUpstream(taskId);
  }
  if (taskId === undefined) return walked;
  return [taskId, ...walked.slice(walked.indexOf(taskId)).toReversed()];
}
