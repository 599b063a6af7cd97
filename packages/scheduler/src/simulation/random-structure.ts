import type { DagSpec, GroupSpec, MappingSpec, TaskSpec } from "@polyflow/contracts";
import { randomDag, type RandomDagOptions } from "./random-dag.ts";
import type { SeededRandom } from "./seeded-random.ts";

/**
 * A DAG with what makes structure: mapped tasks and mapped groups over lists and outputs, branches and short-circuits, a setup with its
 * teardown, limits of single tasks.
 */
export function randomStructuredDag(random: SeededRandom, dagId: string, options: RandomDagOptions): DagSpec {
  const { runTimeoutMs: _none, ...dag } = randomDag(random, dagId, options);
  const groups: GroupSpec[] = [];
  const tasks = withGroup(
    random,
    dag.tasks.map((task) => structured(random, task)),
    groups,
  );
  const watched: Partial<Pick<DagSpec, "maxConsecutiveFailedRuns" | "deadlines">> = {
    ...(random.chance(0.2) ? { maxConsecutiveFailedRuns: 1 + random.int(2) } : {}),
    ...(random.chance(0.2) ? { deadlines: [{ name: "in time", reference: "queued_at", afterMs: 5_000 }] } : {}),
  };
  return { ...dag, ...watched, failFast: false, groups, tasks: random.chance(0.3) ? withTeardown(tasks) : tasks };
}

function structured(random: SeededRandom, task: TaskSpec): TaskSpec {
  const limits = random.chance(0.2)
    ? { maxActivePerRun: 1 + random.int(2) }
    : random.chance(0.2)
      ? { maxActivePerDag: 1 + random.int(2) }
      : {};
  if (random.chance(0.35)) return { ...task, ...limits, mapping: randomMapping(random, task.upstream) };
  if (random.chance(0.2)) return { ...task, ...limits, skipsDownstream: random.pick(["direct", "all"] as const) };
  return { ...task, ...limits };
}

function randomMapping(random: SeededRandom, upstream: readonly string[]): MappingSpec {
  const [source] = upstream;
  const constant = { kind: "constant", value: Array.from({ length: random.int(4) }, (_, index) => index) } as const;
  const first = source === undefined || random.chance(0.3) ? constant : ({ kind: "output", taskId: source } as const);
  const second = random.chance(0.2) ? [{ name: "y", source: { kind: "constant", value: ["a", "b"] } as const }] : [];
  return { kind: "expand", inputs: [{ name: "x", source: first }, ...second] };
}

/** Some neighbouring tasks that are not mapped themselves become a mapped group over the output of one before them, or over a list. */
function withGroup(random: SeededRandom, tasks: readonly TaskSpec[], groups: GroupSpec[]): readonly TaskSpec[] {
  const first = tasks.findIndex((task, index) => index > 0 && task.mapping === undefined);
  const members = tasks.slice(first, first + 3).filter((task) => task.mapping === undefined && task.skipsDownstream === undefined);
  if (first < 1 || members.length < 2 || random.chance(0.5)) return tasks;
  const source = tasks[0]?.taskId ?? "";
  groups.push({ groupId: "g", mapping: randomMapping(random, [source]) });
  const inside = new Set(members.map((task) => task.taskId));
  return tasks.map((task) => {
    if (!inside.has(task.taskId)) return task;
    return { ...task, groupId: "g", upstream: [...new Set([...task.upstream, source])].toSorted() };
  });
}

/** The first task makes what all others use, and a last one takes it away. */
function withTeardown(tasks: readonly TaskSpec[]): readonly TaskSpec[] {
  const [setup, ...work] = tasks;
  if (setup === undefined || setup.mapping !== undefined) return tasks;
  const { skipsDownstream: _none, ...made } = setup;
  const others = work.map((task): TaskSpec => (task.upstream.includes(setup.taskId) ? { ...task, triggerRule: "all_success" } : task));
  const ends = work.filter((task) => !work.some((other) => other.upstream.includes(task.taskId))).map((task) => task.taskId);
  const { groupId: _group, maxActivePerRun: _perRun, maxActivePerDag: _perDag, ...plain } = made;
  const teardown: TaskSpec = {
    ...plain,
    taskId: "t99",
    role: "teardown",
    triggerRule: "all_done_setup_success",
    upstream: [...new Set([setup.taskId, ...ends])].toSorted(),
  };
  return [{ ...made, role: "setup" }, ...others, teardown];
}
