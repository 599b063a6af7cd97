import { describe, expect, it } from "vitest";
import { explainWaiting, GATES, type WaitingFacts } from "./gates.ts";
import { runIdFor, runTypeOfRunId } from "./run-id.ts";
import { countUpstream } from "./trigger-rules.ts";

const free: WaitingFacts = {
  dag: { dagId: "d", isPaused: false, isActive: true, maxActiveRuns: 1, maxActiveTasks: 4 },
  run: { state: "running", activeRunsOfDag: 1, activeTasks: 0 },
  task: { state: "none", triggerRule: "all_success", mapIndex: -1, poolSlots: 2, nextRetryAt: null, dependsOnPast: false },
  upstream: countUpstream([]),
  past: undefined,
  pool: { name: "p", slots: 8, occupied: 6 },
  installation: { parallelism: 32, active: 31 },
  now: new Date("2024-01-01T00:00:00Z"),
};

/** For each gate the facts that close it, and what people then read. */
const CLOSED: { readonly [gate: string]: readonly [WaitingFacts, string] } = {
  dag_active: [{ ...free, dag: { ...free.dag, isActive: false } }, "is gone"],
  dag_paused: [{ ...free, dag: { ...free.dag, isPaused: true } }, "is paused"],
  run_running: [{ ...free, run: { ...free.run, state: "queued" } }, "1 of at most 1 runs"],
  previously_skipped: [
    { ...free, dependencies: { gate: "previously_skipped", passed: false, becomes: "skipped", reason: 'Task "choose" has decided' } },
    'Task "choose"',
  ],
  setups: [
    { ...free, dependencies: { gate: "setups", passed: false, becomes: undefined, reason: 'Setup "make" is running; it must succeed.' } },
    'Setup "make" is running',
  ],
  trigger_rule: [{ ...free, upstream: countUpstream(["running"]) }, "1 not finished"],
  depends_on_past: [
    { ...free, task: { ...free.task, dependsOnPast: true }, past: { states: ["failed"], hadInstances: true } },
    "previous run is failed",
  ],
  wait_for_downstream: [
    { ...free, pastOfDownstream: [{ taskId: "load", states: ["failed"], hadInstances: true }] },
    'In the previous run "load" after it must succeed',
  ],
  retry_wait: [
    { ...free, task: { ...free.task, state: "up_for_retry", nextRetryAt: new Date("2024-01-01T00:01:00Z") } },
    "2024-01-01T00:01:00.000Z",
  ],
  wait: [
    { ...free, task: { ...free.task, state: "up_for_reschedule", nextRetryAt: new Date("2024-01-01T00:01:00Z") } },
    "looks again at 2024-01-01T00:01:00.000Z",
  ],
  pool_slots: [{ ...free, pool: { name: "p", slots: 8, occupied: 7 } }, 'pool "p" has 1 of 8 free'],
  task_limits: [{ ...free, task: { ...free.task, maxActivePerDag: 2, activeOfDag: 2 } }, "2 instances of the task are active in all runs"],
  max_active_tasks: [{ ...free, run: { ...free.run, activeTasks: 4 } }, "4 tasks of the run are active"],
  parallelism: [{ ...free, installation: { parallelism: 32, active: 32 } }, "32 tasks are active"],
};

describe("explainWaiting", () => {
  it("finds nothing in the way of a task that may run", () => {
    expect(explainWaiting(free).filter((result) => !result.passed)).toEqual([]);
  });

  it("has a case for each gate", () => {
    expect(Object.keys(CLOSED)).toEqual(GATES.map(({ gate }) => gate));
  });

  it.each(Object.entries(CLOSED))("%s holds alone and says why", (gate, [facts, reason]) => {
    const closed = explainWaiting(facts).filter((result) => !result.passed);
    expect(closed.map((result) => result.gate)).toEqual([gate]);
    expect(closed[0]?.reason).toContain(reason);
  });

  it("a full pool is named together with who holds it", () => {
    const holders = [{ dagId: "nightly", runId: "r1", taskId: "load", slots: 7 }];
    const [result] = explainWaiting({ ...free, pool: { name: "p", slots: 8, occupied: 7, holders } }).filter(({ passed }) => !passed);
    expect(result).toMatchObject({ gate: "pool_slots", reason: expect.stringContaining("held by nightly.load of run r1 (7)") });
  });

  it("tells apart pools that are missing, too small for ever, and without limit", () => {
    const pool = (given: WaitingFacts["pool"]) => explainWaiting({ ...free, pool: given }).find(({ gate }) => gate === "pool_slots");
    expect(pool(undefined)).toMatchObject({ passed: false, reason: expect.stringContaining("does not exist") });
    const named = explainWaiting({ ...free, task: { ...free.task, pool: "etl" }, pool: undefined });
    expect(named.find(({ gate }) => gate === "pool_slots")?.reason).toContain('Pool "etl" does not exist');
    expect(pool({ name: "p", slots: 1, occupied: 0 })).toMatchObject({
      passed: false,
      reason: expect.stringContaining("will not run until"),
    });
    expect(pool({ name: "p", slots: -1, occupied: 500 })).toMatchObject({ passed: true });
  });
});

it("A5: limits do not hold back what is queued or at work: it is among those that use them up", () => {
  const full: WaitingFacts = {
    ...free,
    task: { ...free.task, state: "running", maxActivePerRun: 1, activeOfRun: 1 },
    run: { ...free.run, activeTasks: 4 },
    pool: { name: "p", slots: 2, occupied: 2 },
    installation: { parallelism: 1, active: 1 },
  };
  expect(explainWaiting(full).filter(({ passed }) => !passed)).toEqual([]);
});

describe("runIdFor (Airflow 3)", () => {
  it("writes Python's isoformat", () => {
    expect(runIdFor("scheduled", new Date("2026-01-02T03:04:05Z"))).toBe("scheduled__2026-01-02T03:04:05+00:00");
    expect(runIdFor("manual", new Date("2026-01-02T03:04:05.120Z"), "x9")).toBe("manual__2026-01-02T03:04:05.120000+00:00_x9");
  });

  it("reads the type back", () => {
    expect(runTypeOfRunId("backfill__2026-01-02T03:04:05+00:00")).toBe("backfill");
    expect(runTypeOfRunId("my run")).toBeUndefined();
  });
});
