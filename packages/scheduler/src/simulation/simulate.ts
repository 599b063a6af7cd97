import { type DagSpec, isFinishedRunState, type JsonValue } from "@polyflow/contracts";
import type { SkipRequest } from "@polyflow/contracts/wire";
import { timetableFacts, upcomingRuns } from "@polyflow/lifecycle";
import { restViolationsOf, scheduledInstants, violationsOf } from "./invariants.ts";
import type { ModelTask } from "./model-state.ts";
import { randomDag, randomPastDag } from "./random-dag.ts";
import { randomStructuredDag } from "./random-structure.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Faults, NO_FAULTS, SimulatedCluster, type TaskBody, type TaskResult } from "./simulated-cluster.ts";
import { VirtualTime } from "./virtual-time.ts";

/**
 * `ill`: everything that can go wrong between scheduler, store, executor and workers does.
 * `healthy_without_poll`: nothing goes wrong, and no poll makes good what hints and timers did not bring about.
 */
export type Health = "ill" | "healthy_without_poll";

/** Kinds of DAGs and of what their tasks do. */
export type WorldName = "plain" | "past" | "structured";

interface World {
  readonly dagOf: typeof randomDag;
  readonly body: TaskBody;
  readonly result?: TaskResult;
  /** A user clears tasks of finished runs. */
  readonly clears?: boolean;
}

const START_MS = Date.UTC(2024, 0, 1);
const FAULTY_MS = 90_000;
const REST_MS = 30 * 60_000;

/**
 * Runs one random schedule on a virtual clock; the same seed gives the same schedule.
 * @returns what was violated.
 * @example expect(await simulate(4711, "ill", "structured")).toEqual([]);
 */
export async function simulate(
  seed: number,
  health: Health,
  worldName: WorldName = "plain",
  options: { readonly crashAt?: string } = {},
): Promise<readonly string[]> {
  const world = WORLDS[worldName](seed);
  const random = new SeededRandom(seed);
  const time = new VirtualTime(START_MS);
  const cluster = clusterOf(world, { random, time, health });
  cluster.crashAt = options.crashAt;
  const dags = populate(cluster, world, { random, time });
  const violations: string[] = [];
  for (let part = 1; part <= 6; part++) {
    await time.run(START_MS + (FAULTY_MS * part) / 6);
    violations.push(...violationsOf(cluster));
  }
  cluster.faults = NO_FAULTS;
  const { state } = cluster.store;
  if (health !== "ill" && world.clears !== true && state.refusedRunEnds > 0)
    violations.push(`I19: ${state.refusedRunEnds} runs were to end too early`);
  for (const { dagId } of dags) cluster.store.setPaused(dagId, false);
  // Until every timetable has said that nothing follows, and everything has ended.
  await time.run(START_MS + REST_MS, () => isAtRest(cluster));
  violations.push(...violationsOf(cluster), ...restViolationsOf(cluster, world.body));
  for (const dag of dags) violations.push(...scheduleViolations(cluster, dag));
  if (cluster.crashAt !== undefined) violations.push(`the scheduler never came to: ${cluster.crashAt}`);
  return violations;
}

interface Chance {
  readonly random: SeededRandom;
  readonly time: VirtualTime;
}

function clusterOf({ body, result }: World, { random, time, health }: Chance & { readonly health: Health }): SimulatedCluster {
  const isIll = health === "ill";
  return new SimulatedCluster({
    time,
    random,
    faults: isIll ? randomFaults(random) : NO_FAULTS,
    body,
    ...(result === undefined ? {} : { result }),
    ...(isIll ? {} : { options: { pollMs: 10 * REST_MS } }),
  });
}

/** DAGs, workers, schedulers, and what users do. */
function populate(cluster: SimulatedCluster, { dagOf, clears }: World, { random, time }: Chance): readonly DagSpec[] {
  const { store } = cluster;
  store.state.pools.set("small", 2);
  const dags = Array.from({ length: 1 + random.int(3) }, (_, index) => dagOf(random, `d${index}`, { maxTasks: 6, startMs: START_MS }));
  for (const dag of dags) store.addDag(dag, { isPaused: random.chance(0.1) });
  for (let worker = 0; worker < 3; worker++) cluster.addWorker();
  for (let scheduler = 0; scheduler < 2; scheduler++) cluster.addScheduler();
  for (const { dagId } of dags)
    for (let run = 0; run < random.int(3); run++) time.schedule(random.int(FAULTY_MS), () => store.trigger(dagId, `manual-${run}`));
  if (clears === true) for (let clear = 0; clear < 3; clear++) time.schedule(random.int(FAULTY_MS), () => clearSome(cluster, random));
  return dags;
}

function isAtRest({ store: { state } }: SimulatedCluster): boolean {
  return (
    [...state.runs.values()].every((run) => isFinishedRunState(run.state)) &&
    [...state.dags.values()].every((dag) => dag.spec.schedule.kind === "none" || (dag.wasAsked && dag.nextRun === null))
  );
}

const WORLDS: { readonly [name in WorldName]: (seed: number) => World } = {
  plain: (seed) => ({ dagOf: randomDag, body: bodyOf(seed) }),
  // Nothing fails, since a failure would hold the later runs for good.
  past: (seed) => {
    const body = bodyOf(seed);
    return { dagOf: randomPastDag, body: (task, tryNumber) => (body(task, tryNumber) === "skipped" ? "skipped" : "success") };
  },
  structured: (seed) => ({ dagOf: randomStructuredDag, body: bodyOf(seed), result: resultOf(seed), clears: true }),
};

function randomFaults(random: SeededRandom): Faults {
  const some = (highest: number) => (random.chance(0.5) ? random.next() * highest : 0);
  return {
    storeRefuses: some(0.05),
    storeForgets: some(0.05),
    storeStalls: some(0.04),
    schedulerDies: some(0.02),
    hintLost: some(0.5),
    hintDoubled: some(0.3),
    workloadLost: some(0.4),
    workloadDoubled: some(0.4),
    workerDies: some(0.1),
    workerCutOff: some(0.05),
  };
}

function randomOf(seed: number, task: ModelTask): SeededRandom {
  return new SeededRandom(seed ^ Number(`${task.run.dagId.slice(1)}${task.spec.taskId.slice(1)}`) ^ ((task.mapIndex + 1) * 7_919));
}

/** What each task does is fixed by its DAG, id, index and try, so that the outcome does not depend on what goes wrong around it. */
function bodyOf(seed: number): TaskBody {
  return (task, tryNumber) => {
    const userTry = tryNumber - task.losses;
    const random = randomOf(seed, task);
    const kind = random.next();
    if (kind < 0.6) return "success";
    if (kind < 0.7) return "skipped";
    if (kind < 0.75) return "fatal";
    return userTry > random.int(4) ? "success" : "error";
  };
}

/** Lists of another length after each clear; branches follow some of the tasks after them. */
function resultOf(seed: number): TaskResult {
  return (task) => {
    const random = randomOf(seed + 1 + task.clears, task);
    const output: JsonValue = Array.from({ length: random.int(5) }, (_, index) => index);
    const skips = skipsOf(random, task);
    return skips === undefined ? { output } : { output, skips };
  };
}

function skipsOf(random: SeededRandom, { spec }: ModelTask): SkipRequest | undefined {
  if (spec.skipsDownstream === "all") return random.chance(0.5) ? { kind: "short_circuit", scope: "all" } : undefined;
  if (spec.skipsDownstream === "direct") return random.chance(0.5) ? { kind: "branch", follow: [] } : { kind: "latest_only" };
  return undefined;
}

/** Tasks of a finished run, with all that comes after them, as people do it. */
function clearSome({ store }: SimulatedCluster, random: SeededRandom): void {
  const finished = [...store.state.runs.values()].filter((run) => isFinishedRunState(run.state));
  const run = finished[random.int(Math.max(1, finished.length))];
  const spec = run === undefined ? undefined : store.state.specs.get(run.versionId);
  const first = spec?.tasks[random.int(Math.max(1, spec.tasks.length))];
  if (run === undefined || spec === undefined || first === undefined) return;
  const cleared = new Set([first.taskId]);
  for (const task of spec.tasks) if (task.upstream.some((before) => cleared.has(before))) cleared.add(task.taskId);
  store.clear(run.runKey, [...cleared]);
}

/** I1 and I4: one run for each instant, and with catchup exactly those that the timetable wants. */
function scheduleViolations(cluster: SimulatedCluster, dag: DagSpec): readonly string[] {
  const instants = scheduledInstants(cluster, dag.dagId);
  if (new Set(instants).size !== instants.length) return [`I1: ${dag.dagId} has two runs at one instant`];
  if (!dag.catchup) return [];
  const wanted = upcomingRuns(dag.schedule, timetableFacts(dag, { lastAutomatedRun: null }), new Date(START_MS + REST_MS), 100).map((run) =>
    run.runAfter.getTime(),
  );
  return wanted.join() === instants.join()
    ? []
    : [`I4: ${dag.dagId} has ${instants.length} scheduled runs, its timetable wants ${wanted.length}`];
}
