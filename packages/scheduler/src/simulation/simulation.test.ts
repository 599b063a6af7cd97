import { timetableFacts, upcomingRuns } from "@polyflow/lifecycle";
import type { DagSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { restViolationsOf, scheduledInstants, violationsOf } from "./invariants.ts";
import { randomDag, randomPastDag } from "./random-dag.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Faults, NO_FAULTS, SimulatedCluster, type TaskBody } from "./simulated-cluster.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Seeds of the schedules that are run; to repeat one alone, put its seed here and set the count to 1. */
const FIRST_SEED = 1;
const SCHEDULES = 2_000;
/** How many schedules share a test, so that a failure names a narrow range. */
const BATCH = 250;

const START_MS = Date.UTC(2024, 0, 1);
const FAULTY_MS = 90_000;
const REST_MS = 30 * 60_000;

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

/** What each task does is fixed by its DAG, id and try, so that the outcome does not depend on what goes wrong around it. */
function bodyOf(seed: number): TaskBody {
  return (task, tryNumber) => {
    const userTry = tryNumber - task.losses;
    const random = new SeededRandom(seed ^ Number(`${task.run.dagId.slice(1)}${task.spec.taskId.slice(1)}`));
    const kind = random.next();
    if (kind < 0.6) return "success";
    if (kind < 0.7) return "skipped";
    if (kind < 0.75) return "fatal";
    return userTry > random.int(4) ? "success" : "error";
  };
}

type Health = "ill" | "healthy_without_poll";

interface World {
  readonly dagOf: typeof randomDag;
  readonly body: TaskBody;
}

/** Nothing fails, since a failure would hold the later runs for good. */
function worldWithPast(seed: number): World {
  const body = bodyOf(seed);
  return { dagOf: randomPastDag, body: (task, tryNumber) => (body(task, tryNumber) === "skipped" ? "skipped" : "success") };
}

async function simulate(
  seed: number,
  health: Health,
  { dagOf, body }: World = { dagOf: randomDag, body: bodyOf(seed) },
): Promise<readonly string[]> {
  const random = new SeededRandom(seed);
  const time = new VirtualTime(START_MS);
  const isIll = health === "ill";
  const faults = isIll ? randomFaults(random) : NO_FAULTS;
  const cluster = new SimulatedCluster({ time, random, faults, body, ...(isIll ? {} : { options: { pollMs: 10 * REST_MS } }) });
  const { store } = cluster;
  store.state.pools.set("small", 2);
  const dags = Array.from({ length: 1 + random.int(3) }, (_, index) => dagOf(random, `d${index}`, { maxTasks: 6, startMs: START_MS }));
  for (const dag of dags) store.addDag(dag, { isPaused: random.chance(0.1) });
  for (let worker = 0; worker < 3; worker++) cluster.addWorker();
  for (let scheduler = 0; scheduler < 2; scheduler++) cluster.addScheduler();
  for (const { dagId } of dags)
    for (let run = 0; run < random.int(3); run++) time.schedule(random.int(FAULTY_MS), () => store.trigger(dagId, `manual-${run}`));

  const violations: string[] = [];
  for (let part = 1; part <= 6; part++) {
    await time.run(START_MS + (FAULTY_MS * part) / 6);
    violations.push(...violationsOf(cluster));
  }
  cluster.faults = NO_FAULTS;
  if (!isIll && store.state.refusedRunEnds > 0) violations.push(`I19: ${store.state.refusedRunEnds} runs were to end too early`);
  for (const { dagId } of dags) store.setPaused(dagId, false);
  const isAtRest = () =>
    [...store.state.runs.values()].every((run) => run.state === "success" || run.state === "failed") &&
    [...store.state.dags.values()].every((dag) => dag.spec.schedule.kind === "none" || (dag.wasAsked && dag.nextRun === null));
  // Until every timetable has said that nothing follows, and everything has ended.
  await time.run(START_MS + REST_MS, isAtRest);
  violations.push(...violationsOf(cluster), ...restViolationsOf(cluster, body));
  for (const dag of dags) violations.push(...scheduleViolations(cluster, dag));
  return violations;
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

describe("simulated cluster (A14; I1, I4–I7, I9–I13, I15, I19, I20, L3, L5)", () => {
  const batches = Array.from({ length: Math.ceil(SCHEDULES / BATCH) }, (_, index) => FIRST_SEED + index * BATCH);

  it.each(batches)(
    "seeds from %d: crashes, lost and doubled hints, and writes that look failed change no result",
    async (firstSeed) => {
      for (let seed = firstSeed; seed < Math.min(firstSeed + BATCH, FIRST_SEED + SCHEDULES); seed++) {
        expect({ seed, violations: await simulate(seed, "ill") }).toEqual({ seed, violations: [] });
      }
    },
    60_000,
  );

  it("tasks that depend on their past run in the order of their runs, whatever goes wrong, and none is left behind (A2)", async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + 200; seed++) {
      for (const health of ["ill", "healthy_without_poll"] as const) {
        expect({ seed, health, violations: await simulate(seed, health, worldWithPast(seed)) }).toEqual({ seed, health, violations: [] });
      }
    }
  }, 60_000);

  it("hints and timers alone bring everything to its end where nothing goes wrong: no work is left to the poll", async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + 300; seed++) {
      expect({ seed, violations: await simulate(seed, "healthy_without_poll") }).toEqual({ seed, violations: [] });
    }
  }, 60_000);
});
