import type { TaskInstanceState } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { INVARIANTS, type InvariantId } from "./invariant-list.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { simulate, type WorldName } from "./simulate.ts";

/** A fault in the store, the executor or the clocks that breaks a rule. */
interface Sabotage {
  readonly what: string;
  readonly break: (cluster: SimulatedCluster) => void;
  /** Default `structured`. */
  readonly world?: WorldName;
  /** The rule by which it is noticed, where that is another one. */
  readonly noticedBy?: InvariantId;
}

type State = SimulatedCluster["store"]["state"];
type Port = SimulatedCluster["store"]["scheduler"];

/** Replaces parts of the model's rows. */
function rows(change: (state: State) => Partial<State>): Sabotage["break"] {
  return ({ store: { state } }) => void Object.assign(state, change(state));
}

/** Replaces methods that the scheduler calls. */
function port(change: (scheduler: Port, state: State) => Partial<Port>): Sabotage["break"] {
  return ({ store }) => void Object.assign(store.scheduler, change({ ...store.scheduler }, store.state));
}

/** Makes faults of the surroundings frequent, so that a broken rule shows soon. */
function often(...faults: readonly (keyof SimulatedCluster["faults"])[]): Sabotage["break"] {
  return (cluster) => {
    cluster.faults = { ...cluster.faults, ...Object.fromEntries(faults.map((fault) => [fault, 0.6])) };
  };
}

function all(...parts: readonly Sabotage["break"][]): Sabotage["break"] {
  return (cluster) => {
    for (const part of parts) part(cluster);
  };
}

type FactRequests = Parameters<Port["loadTaskFactsOfRuns"]>[0];

/** Facts that take one state for another. */
async function factsWith(scheduler: Port, requests: FactRequests, { from, to }: { from: TaskInstanceState; to: TaskInstanceState }) {
  const facts = await scheduler.loadTaskFactsOfRuns(requests);
  return new Map([...facts].map(([run, found]) => [run, found.map((fact) => (fact.state === from ? { ...fact, state: to } : fact))]));
}

type Steps = Parameters<Port["advanceTimetables"]>[1];

/** After each run comes the same once more. */
function plannedAgain(steps: Steps): Steps {
  return steps.map((step) => {
    if (step.run === null) return step;
    const { runAfter, logicalDate, dataIntervalStart, dataIntervalEnd } = step.run;
    const next = {
      runAfter,
      logicalDate: logicalDate ?? runAfter,
      dataIntervalStart: dataIntervalStart ?? runAfter,
      dataIntervalEnd: dataIntervalEnd ?? runAfter,
    };
    return { ...step, next };
  });
}

/** The attempt counts whether or not it is the current one. */
const anyAttempt = rows((state) => ({ taskOf: (attemptId) => state.attempts.get(attemptId) }));

const SABOTAGE: { readonly [id in InvariantId]: Sabotage } = {
  I1: {
    what: "a run is made twice",
    break: all(
      rows(() => ({ isTaken: () => false })),
      port((scheduler, state) => ({
        async advanceTimetables(term, steps) {
          for (const { run } of steps) if (run !== null) state.createRun({ ...run, runId: `${run.runId}-again` });
          return scheduler.advanceTimetables(term, steps);
        },
      })),
    ),
  },
  I2: {
    what: "the run that follows is the same once more",
    break: port((scheduler) => ({
      advanceTimetables: (term, steps) => scheduler.advanceTimetables(term, plannedAgain(steps)),
    })),
  },
  I3: {
    what: "a clock goes wrong by more than is allowed for",
    break: (cluster) => {
      cluster.faults = { ...cluster.faults, clockSkewMs: 600_000 };
    },
  },
  I4: {
    what: "the schedule moves on and the run is lost",
    break: port((scheduler) => ({
      advanceTimetables: (term, steps) =>
        scheduler.advanceTimetables(
          term,
          steps.map((step) => ({ ...step, run: null })),
        ),
    })),
  },
  I5: {
    what: "a retry that is due runs at once",
    break: port((_scheduler, state) => ({
      async wakeDueRetries() {
        const due = [...state.tasks.values()].filter((task) => task.state === "up_for_retry");
        state.emit(due.map((task) => state.setTaskState(task, "running")));
        return due.length;
      },
    })),
  },
  I6: { what: "a try number is left out", break: rows(() => ({ tryAfter: (task) => task.tryNumber + 2 })) },
  I7: {
    what: "an attempt can be claimed again while it runs",
    break: all(
      often("workloadDoubled"),
      rows((state) => ({ claimable: (attemptId) => state.attempts.get(attemptId) })),
    ),
  },
  I8: { what: "old attempts count", break: all(often("workerCutOff"), anyAttempt) },
  I9: {
    what: "writes are not fenced",
    break: all(
      often("storeStalls"),
      rows(() => ({ requireTerm: () => undefined })),
    ),
  },
  I10: { what: "a lease is said to be renewed and is not", break: port(() => ({ renewLease: async () => true })) },
  I11: {
    what: "what runs is taken for done",
    break: port((scheduler) => ({
      loadTaskFactsOfRuns: (requests) => factsWith(scheduler, requests, { from: "running", to: "success" }),
    })),
  },
  I12: { what: "limits are not looked at", break: rows(() => ({ fits: () => true })) },
  I13: {
    what: "a row of the outbox goes before it is claimed",
    break: port((scheduler, state) => ({
      async markPublished(attemptIds) {
        for (const attemptId of attemptIds) state.outbox.delete(attemptId);
        return scheduler.markPublished(attemptIds);
      },
    })),
  },
  I14: {
    what: "nothing is handed over again",
    break: all(
      often("workloadLost"),
      port(() => ({ listUnclaimedAttempts: async () => [] })),
    ),
  },
  I15: {
    what: "retries are not counted",
    break: ({ store }) => {
      const finish = store.finish.bind(store);
      store.finish = (attemptId, outcome) => {
        const task = store.state.attempts.get(attemptId);
        if (task !== undefined) task.maxTries = 99;
        return finish(attemptId, outcome);
      };
    },
  },
  I16: {
    what: "every report counts as a success",
    break: ({ store }) => {
      const finish = store.finish.bind(store);
      store.finish = (attemptId, outcome) =>
        finish(attemptId, outcome.kind === "failed" || outcome.kind === "skipped" ? { kind: "success" } : outcome);
    },
  },
  I17: {
    what: "an attempt that a user ended counts",
    break: all(
      anyAttempt,
      rows(() => ({ supersede: () => undefined })),
    ),
  },
  I18: {
    what: "a wait is begun that nothing ends",
    break: ({ store }) => {
      store.subscribe((event) => {
        if (event.kind !== "task_instance" || event.state !== "up_for_reschedule") return;
        for (const task of store.state.tasks.values()) if (task.state === "up_for_reschedule") task.nextRetryAt = null;
      });
    },
  },
  I19: {
    what: "a run ends before its tasks",
    break: all(
      rows(() => ({ hasUnfinishedTasks: () => false })),
      port(() => ({ runsWithUnfinishedTasks: async () => new Set() })),
    ),
  },
  I20: {
    what: "what has ended is decided once more",
    break: all(
      rows(() => ({ isStill: () => true })),
      port((scheduler) => ({ loadTaskFactsOfRuns: (requests) => factsWith(scheduler, requests, { from: "success", to: "none" }) })),
    ),
  },
  I21: { what: "updates stay in the queue", break: rows(() => ({ takeFromQueue: () => undefined })) },
  I22: {
    what: "a missed deadline is not noted",
    break: rows(() => ({
      noteMissed(deadline) {
        deadline.notices += 2;
      },
    })),
  },
  I31: {
    what: "a new version takes over the runs of the one before",
    break: ({ store }) => {
      store.subscribe((event) => {
        const dag = event.kind === "dag" ? store.state.dags.get(event.dagId) : undefined;
        for (const run of dag === undefined ? [] : store.state.runsOf(dag.dagId)) if (dag !== undefined) run.versionId = dag.versionId;
      });
    },
  },
  I32: {
    what: "a DAG that cannot be read looks like a database that is away",
    break: port((scheduler, state) => ({
      async listActiveRuns(after, limit) {
        const isPoisoned = [...state.dags.values()].some((dag) => !state.specs.has(dag.versionId));
        if (isPoisoned) throw new Error("cannot be read");
        return scheduler.listActiveRuns(after, limit);
      },
    })),
  },
  I34: {
    what: "trust in a lease goes by a clock that stands still",
    break: ({ time }) => {
      const clock = time.clock.bind(time);
      time.clock = (isAlive, skewMs) => ({ ...clock(isAlive, skewMs), monotonicMs: () => 0 });
    },
    noticedBy: "I10",
  },
  A2: {
    what: "the run before is said to have done everything",
    break: port((scheduler) => ({
      async loadPastFacts(requests) {
        const facts = await scheduler.loadPastFacts(requests);
        return facts.map((fact) => ({ ...fact, states: ["success" as const] }));
      },
    })),
    world: "past",
  },
  A3: {
    what: "lists are taken for longer than they are",
    break: port((scheduler) => ({
      async loadMapLengths(requests) {
        const lengths = await scheduler.loadMapLengths(requests);
        return lengths.map((length) =>
          length.found.kind === "length" ? { ...length, found: { kind: "length" as const, length: length.found.length + 1 } } : length,
        );
      },
    })),
  },
  L3: { what: "retries never come due", break: port(() => ({ wakeDueRetries: async () => 0 })) },
  L5: { what: "workers claim nothing", break: rows(() => ({ claimable: () => undefined })) },
};

/** Schedules among which a broken rule has to be noticed. */
const MOST_SEEDS = 500;

describe("each invariant can fail: a rule that is broken on purpose is noticed (A14)", () => {
  const cases = Object.entries(SABOTAGE).map(([id, sabotage]) => ({ id, ...sabotage, rule: sabotage.noticedBy ?? id }));

  it.each(cases)("$id: $what", { timeout: 120_000 }, async ({ rule, world = "structured", break: sabotage }) => {
    const noticed: string[] = [];
    for (let seed = 1; seed <= MOST_SEEDS && noticed.length === 0; seed++) {
      const violations = await simulate(seed, "ill", world, { sabotage });
      noticed.push(...violations.filter((violation) => violation.startsWith(`${rule}: `)));
    }
    expect(noticed).not.toEqual([]);
  });

  it("every rule that a schedule is checked for is in the list", () => {
    const known = Object.keys(INVARIANTS);
    expect(cases.map(({ id }) => id)).toEqual(known);
  });
});
