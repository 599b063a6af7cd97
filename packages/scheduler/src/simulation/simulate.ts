import { type DagSpec, isFinishedRunState, type JsonValue } from "@polyflow/contracts";
import type { SkipRequest } from "@polyflow/contracts/wire";
import { timetableFacts, upcomingRuns } from "@polyflow/lifecycle";
import { type Chance, MOST_SKEW_MS, type Size, surround } from "./surroundings.ts";
import { restViolationsOf, scheduledInstants, violationsOf } from "./invariants.ts";
import type { ModelTask } from "./model-rows.ts";
import { randomDag, randomPastDag } from "./random-dag.ts";
import { randomStructuredDag } from "./random-structure.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { SimulatedCluster, type TaskBody, type TaskResult } from "./simulated-cluster.ts";
import { VirtualTime } from "./virtual-time.ts";

/**
 * `ill`: everything that can go wrong between scheduler, store, executor and workers does.
 * `healthy_without_poll`: nothing goes wrong, and no poll makes good what hints and timers did not bring about.
 */
export const HEALTHS = ["ill", "healthy_without_poll"] as const;
export type Health = (typeof HEALTHS)[number];

/** Kinds of DAGs and of what their tasks do. */
export const WORLD_NAMES = ["plain", "past", "structured"] as const;
export type WorldName = (typeof WORLD_NAMES)[number];

interface World {
  readonly dagOf: typeof randomDag;
  readonly body: TaskBody;
  readonly result?: TaskResult;
  /** No task may end badly, not by losses either. */
  readonly failsNothing?: boolean;
  /** What people and loaders do meanwhile, and DAGs beside the random ones. */
  readonly surroundings?: (cluster: SimulatedCluster, chance: Chance, size: Size) => void;
}

export interface SimulationOptions {
  /** The scheduler that comes there first dies: `before applySchedule`. */
  readonly crashAt?: string;
  /** Adds up how often what happened. */
  readonly seen?: Map<string, number>;
  readonly trace?: (line: string) => void;
  /** Breaks a rule on purpose, to see that it is noticed. */
  readonly sabotage?: (cluster: SimulatedCluster) => void;
}

const START_MS = Date.UTC(2024, 0, 1);
/** Share of attempts whose worker dies, where that happens often. */
const OFTEN = 0.8;
const SELDOM = 0.1;
const REST_MS = 30 * 60_000;

/** Most schedules are small, since most faults need little to show; some are large. */
const SMALL: Size = { dags: 1, tasks: 4, workers: 2, manualRuns: 2, faultyMs: 45_000, pastMs: 40_000, endMs: 20_000 };
const LARGE: Size = { dags: 3, tasks: 6, workers: 3, manualRuns: 3, faultyMs: 90_000, pastMs: 120_000, endMs: 60_000 };
const LARGE_SHARE = 0.15;

/**
 * Runs one random schedule on a virtual clock; the same seed gives the same schedule.
 * @returns what was violated.
 * @example expect(await simulate(4711, "ill", "structured")).toEqual([]);
 */
export async function simulate(
  seed: number,
  health: Health,
  worldName: WorldName = "plain",
  options: SimulationOptions = {},
): Promise<readonly string[]> {
  const world = WORLDS[worldName](seed);
  const random = new SeededRandom(seed);
  const time = new VirtualTime(START_MS);
  const size = random.chance(LARGE_SHARE) ? LARGE : SMALL;
  const cluster = clusterOf(world, { random, time }, health);
  cluster.crashAt = options.crashAt;
  cluster.trace = options.trace;
  options.sabotage?.(cluster);
  populate(cluster, world, { random, time }, size);
  let violations: string[] = [];
  for (let part = 1; part <= 3; part++) {
    await time.run(START_MS + (size.faultyMs * part) / 3);
    violations = [...violations, ...violationsOf(cluster)];
  }
  cluster.faults = NO_FAULTS;
  const { state } = cluster.store;
  if (health !== "ill" && world.surroundings === undefined && state.refusedRunEnds > 0)
    violations.push(`I19: ${state.refusedRunEnds} runs were to end too early`);
  for (const dag of state.dags.values()) if (dag.isPaused) cluster.store.setPaused(dag.dagId, false);
  // Until every timetable has said that nothing follows, and everything has ended.
  await time.run(START_MS + REST_MS, () => isAtRest(cluster));
  // A rule that is broken on purpose may be violated more often than a call can have arguments.
  violations = [...violations, ...violationsOf(cluster), ...restViolationsOf(cluster, world.body), ...scheduleViolations(cluster)];
  if (cluster.crashAt !== undefined) violations.push(`the scheduler never came to: ${cluster.crashAt}`);
  if (options.seen !== undefined) for (const [what, times] of state.seen) options.seen.set(what, (options.seen.get(what) ?? 0) + times);
  return [...new Set(violations)];
}

function clusterOf({ body, result, failsNothing = false }: World, { random, time }: Chance, health: Health): SimulatedCluster {
  const isIll = health === "ill";
  const standbyPollMs = random.pick([2_000, 6_000]);
  const drawn = isIll ? randomFaults(random) : NO_FAULTS;
  const faults = failsNothing ? { ...drawn, workerDies: Math.min(drawn.workerDies, SELDOM) } : drawn;
  // Where they die often their deaths are noticed soon, so that one task is lost several times.
  const silence = faults.workerDies < OFTEN ? {} : { workerSilentMs: 10_000, pollMs: 3_000 };
  return new SimulatedCluster({
    time,
    random,
    faults,
    body,
    ...(result === undefined ? {} : { result }),
    options: isIll ? { standbyPollMs, pollMs: random.pick([5_000, 15_000]), ...silence } : { standbyPollMs, pollMs: 10 * REST_MS },
  });
}

/** DAGs, workers, schedulers, and what users do. */
function populate(cluster: SimulatedCluster, { dagOf, surroundings }: World, chance: Chance, size: Size): void {
  const { random, time } = chance;
  const { store } = cluster;
  store.state.pools.set("small", { slots: 2, includeDeferred: random.chance(0.5) });
  const { tasks: maxTasks, pastMs, endMs } = size;
  const options = { maxTasks, startMs: START_MS, pastMs, endMs };
  const dags = Array.from({ length: 1 + random.int(size.dags) }, (_, index) => dagOf(random, `d${index}`, options));
  for (const dag of dags) store.addDag(dag, { isPaused: random.chance(0.1) });
  surroundings?.(cluster, chance, size);
  for (let worker = 0; worker < size.workers; worker++) cluster.addWorker();
  for (let scheduler = 0; scheduler < 2; scheduler++) cluster.addScheduler();
  for (const { dagId } of dags)
    for (let run = random.int(size.manualRuns); run > 0; run--)
      time.schedule(random.int(size.faultyMs), () => store.trigger(dagId, `manual-${run}`));
  if (random.chance(0.2)) time.schedule(random.int(size.faultyMs), () => void cluster.replaceLeader());
}

function isAtRest({ store: { state } }: SimulatedCluster): boolean {
  for (const run of state.runs.values()) if (!isFinishedRunState(run.state) && state.specs.has(run.versionId)) return false;
  for (const dag of state.dags.values()) {
    const isTimed = dag.spec.schedule.kind !== "none" && dag.spec.schedule.kind !== "asset" && state.specs.has(dag.versionId);
    if (isTimed && !(dag.wasAsked && dag.nextRun === null)) return false;
  }
  return state.assetEvents.every((event) => event.waiting.size === 0) && state.backfills.every((backfill) => backfill.isCompleted);
}

const WORLDS: { readonly [name in WorldName]: (seed: number) => World } = {
  plain: (seed) => ({ dagOf: randomDag, body: bodyOf(seed) }),
  // Nothing fails, since a failure would hold the later runs for good.
  past: (seed) => {
    const body = bodyOf(seed);
    return {
      dagOf: randomPastDag,
      failsNothing: true,
      body: (task, tryNumber) => {
        const kind = body(task, tryNumber);
        return kind === "error" || kind === "fatal" ? "success" : kind;
      },
    };
  },
  structured: (seed) => ({ dagOf: randomStructuredDag, body: bodyOf(seed), result: resultOf(seed), surroundings: surround }),
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
    // Now and then so often that tasks are lost more often than is made good.
    workerDies: random.chance(0.05) ? OFTEN : some(SELDOM),
    workerCutOff: some(0.05),
    workerLeaves: some(0.1),
    triggerLost: some(0.6),
    clockSkewMs: random.chance(0.3) ? MOST_SKEW_MS : 0,
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
    const waits = random.chance(0.15) ? 1 + random.int(2) : 0;
    if (task.looks < waits) return random.chance(0.6) ? "deferred" : "rescheduled";
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

/** I1 and I4: one run for each instant, and with catchup exactly those that the timetable wants. */
function scheduleViolations(cluster: SimulatedCluster): readonly string[] {
  const { dags, specs } = cluster.store.state;
  return [...dags.values()].filter((dag) => specs.has(dag.versionId)).flatMap((dag) => instantViolations(cluster, dag.spec));
}

function instantViolations(cluster: SimulatedCluster, dag: DagSpec): readonly string[] {
  const instants = scheduledInstants(cluster, dag.dagId);
  if (new Set(instants).size !== instants.length) return [`I1: ${dag.dagId} has two runs at one instant`];
  if (!dag.catchup) return [];
  const wanted = upcomingRuns(dag.schedule, timetableFacts(dag, { lastAutomatedRun: null }), new Date(START_MS + REST_MS), 100).map((run) =>
    run.runAfter.getTime(),
  );
  const isAsWanted = wanted.join() === instants.join();
  return isAsWanted ? [] : [`I4: ${dag.dagId} has ${instants.length} scheduled runs, its timetable wants ${wanted.length}`];
}
