import { type AssetReference, type DagSpec, isFinishedRunState, isFinishedTaskState } from "@polyflow/contracts";
import { backfillDates } from "@polyflow/lifecycle";
import { dagSpec, taskSpec } from "./random-dag.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How much of everything a schedule has, at most. */
export interface Size {
  readonly dags: number;
  readonly tasks: number;
  readonly workers: number;
  readonly manualRuns: number;
  /** How long things go wrong. */
  readonly faultyMs: number;
  /** How far back DAGs begin, and how long they go on. */
  readonly pastMs: number;
  readonly endMs: number;
}

export interface Chance {
  readonly random: SeededRandom;
  readonly time: VirtualTime;
}

/** How wrong clocks of schedulers are, at most. */
export const MOST_SKEW_MS = 20_000;

/** What users and loaders do: clear, mark, backfill, publish new versions; and DAGs that are scheduled by assets, or cannot be read. */
export function surround(cluster: SimulatedCluster, { random, time }: Chance, { faultyMs }: Size): void {
  const some = (mostTimes: number, act: () => void): void => {
    for (let times = random.int(mostTimes + 1); times > 0; times--) time.schedule(random.int(faultyMs), act);
  };
  const { store } = cluster;
  if (random.chance(0.3)) addConsumer(cluster, random);
  if (random.chance(0.1)) addPoison(cluster, time);
  some(2, () => clearSome(cluster, random));
  some(1, () => markSome(cluster, random));
  if (random.chance(0.4)) some(1, () => publishAnew(cluster, random));
  if (random.chance(0.5)) some(1, () => backfillSome(cluster, random));
  for (const how of ["held", "unwritable"] as const) {
    if (random.chance(0.1)) some(1, () => holdSome(cluster, { random, time }, how));
    // when most DAGs are due at once
    if (random.chance(0.1)) holdSome(cluster, { random, time }, how);
  }
  const unpause = (): void => {
    for (const { dagId, isPaused } of store.state.dags.values()) if (isPaused) store.setPaused(dagId, false);
    time.schedule(10_000, unpause);
  };
  time.schedule(10_000, unpause);
}

/** Tasks of a finished run, with all that comes after them, as people do it. */
function clearSome({ store }: SimulatedCluster, random: SeededRandom): void {
  const run = anyOf(
    random,
    [...store.state.runs.values()].filter((candidate) => isFinishedRunState(candidate.state)),
  );
  const spec = run === undefined ? undefined : store.state.specs.get(run.versionId);
  const first = anyOf(random, spec?.tasks ?? []);
  if (run === undefined || spec === undefined || first === undefined) return;
  const cleared = new Set([first.taskId]);
  for (const task of spec.tasks) if (task.upstream.some((before) => cleared.has(before))) cleared.add(task.taskId);
  store.clear(run.runKey, [...cleared]);
}

/** A single task that has not ended. */
function markSome({ store }: SimulatedCluster, random: SeededRandom): void {
  const candidates = [...store.state.tasks.values()].filter(
    ({ state, spec, run }) =>
      run.state === "running" && !isFinishedTaskState(state) && spec.mapping === undefined && spec.groupId === undefined,
  );
  const running = candidates.filter((task) => task.state === "running");
  const task = anyOf(random, running.length > 0 ? running : candidates);
  if (task !== undefined) store.mark(task, random.pick(["success", "failed"]));
}

/** A new version of a DAG, with a task more. */
function publishAnew({ store }: SimulatedCluster, random: SeededRandom): void {
  const dag = anyOf(
    random,
    [...store.state.dags.values()].filter((candidate) => store.state.specs.has(candidate.versionId)),
  );
  if (dag === undefined || dag.spec.tasks.some((task) => task.taskId === "t77")) return;
  store.state.count("published a new version");
  store.addDag({ ...dag.spec, tasks: [...dag.spec.tasks, taskSpec("t77")] }, { isPaused: dag.isPaused });
}

/** For a while somebody else's transaction holds a DAG, or what is to be written of it is refused. */
function holdSome({ store }: SimulatedCluster, { random, time }: Chance, how: "held" | "unwritable"): void {
  const dag = anyOf(random, [...store.state.dags.values()]);
  if (dag === undefined) return;
  if (how === "held") store.state.count("somebody else holds a DAG");
  store.state[how].add(dag.dagId);
  time.schedule(random.int(20_000), () => store.state[how].delete(dag.dagId));
}

function backfillSome({ store }: SimulatedCluster, random: SeededRandom): void {
  const { state } = store;
  const now = new Date(state.clock.now());
  const dag = anyOf(
    random,
    [...state.dags.values()].filter(({ spec, versionId }) => isBackfillable(spec) && state.specs.has(versionId)),
  );
  if (dag === undefined) return;
  const range = { from: new Date(now.getTime() - 60_000), to: new Date(now.getTime() + 10_000) };
  const dates = backfillDates(dag.spec, range, { now, mostDates: 100 });
  const reprocess = random.pick(["none", "failed", "completed"] as const);
  store.addBackfill({
    dagId: dag.dagId,
    dates: random.chance(0.5) ? dates : dates.toReversed(),
    reprocess,
    maxActiveRuns: 1 + random.int(2),
  });
}

function isBackfillable({ schedule }: DagSpec): boolean {
  return schedule.kind === "cron" || schedule.kind === "interval";
}

const ASSET: AssetReference = { kind: "asset", name: "a", uri: "a", group: "asset", extra: {} };

/** A task of the first DAG updates an asset by which another DAG is scheduled. */
function addConsumer({ store }: SimulatedCluster, random: SeededRandom): void {
  const dag = store.state.dags.get("d0");
  if (dag === undefined) return;
  const [first, ...rest] = dag.spec.tasks;
  if (first === undefined) return;
  store.addDag({ ...dag.spec, tasks: [{ ...first, outlets: [ASSET] }, ...rest] }, { isPaused: dag.isPaused });
  store.addDag(
    dagSpec("d5", [taskSpec("t0"), taskSpec("t1", { upstream: ["t0"] })], {
      schedule: { kind: "asset", condition: ASSET },
      maxActiveRuns: 1 + random.int(2),
    }),
  );
}

/** A DAG whose schedule cannot be evaluated and whose version cannot be read, and a run of it. */
function addPoison({ store }: SimulatedCluster, time: VirtualTime): void {
  const schedule = { kind: "cron", expressions: ["this is none"], timezone: "UTC" } as const;
  store.state.count("a DAG that cannot be read");
  store.addUnreadableDag(dagSpec("d8", [taskSpec("t0")], { schedule }));
  time.schedule(1_000, () => store.trigger("d8", "manual"));
}

function anyOf<Item>(random: SeededRandom, items: readonly Item[]): Item | undefined {
  return items[random.int(Math.max(1, items.length))];
}
