import { isPolyflowError } from "@polyflow/contracts";
import { describe, expect, test } from "vitest";
import { bash, chain, dag, type DagOptions, task } from "./index.ts";

const noop = (id: string) => bash({ id, command: "true" });

function describeOne(options: Omit<DagOptions, "id">) {
  return dag({ id: "one", ...options }, () => void noop("a")).spec;
}

describe("the spec", () => {
  test("A10: equal DAGs have equal JSON, however they are written", () => {
    const first = dag({ id: "same", tags: ["b", "a"], params: { x: { type: "integer", default: 1, minimum: 0 } } }, () => {
      const a = noop("a");
      const b = noop("b");
      chain([a, b], noop("c"));
    });
    const second = dag({ params: { x: { minimum: 0, default: 1, type: "integer" } }, tags: ["a", "b", "a"], id: "same" }, () => {
      const c = noop("c");
      const b = noop("b");
      const a = noop("a");
      c.after(b, a);
    });
    expect(JSON.stringify(second.spec)).toBe(JSON.stringify(first.spec));
  });

  test("what has a schedule waits for a person to switch it on, what has none is ready", () => {
    expect(dag({ id: "timed", schedule: "@daily" }, () => {}).spec.isPausedUponCreation).toBe(true);
    expect(dag({ id: "by_hand" }, () => {}).spec.isPausedUponCreation).toBe(false);
    expect(dag({ id: "told", schedule: "@daily", isPausedUponCreation: false }, () => {}).spec.isPausedUponCreation).toBe(false);
  });

  test("defaults are those of Airflow 3, but for the pause", () => {
    const { spec } = dag("plain", () => void task("a", () => 1)());
    expect(spec).toEqual({
      format: 1,
      dagId: "plain",
      tags: [],
      owners: ["polyflow"],
      schedule: { kind: "none" },
      catchup: false,
      maxActiveRuns: 16,
      maxActiveTasks: 16,
      failFast: false,
      isPausedUponCreation: false,
      isolation: "process",
      params: { type: "object", properties: {} },
      tasks: [
        {
          taskId: "a",
          operator: "function",
          upstream: [],
          inputs: {},
          details: {},
          triggerRule: "all_success",
          retries: 0,
          retryDelayMs: 300_000,
          retryBackoff: 0,
          pool: "default_pool",
          poolSlots: 1,
          priorityWeight: 1,
          queue: "default",
          dependsOnPast: false,
          owner: "polyflow",
        },
      ],
    });
  });

  test("settings of the task go before the DAG's defaults", () => {
    const { spec } = dag({ id: "a", owner: "data", defaults: { retries: 3, pool: "p" } }, () => {
      bash({ id: "own", command: "true", retries: 1, owner: "me" });
      noop("other");
    });
    expect(spec.tasks.map(({ taskId, retries, pool, owner }) => [taskId, retries, pool, owner])).toEqual([
      ["other", 3, "p", "data"],
      ["own", 1, "p", "me"],
    ]);
    expect(spec.owners).toEqual(["data", "me"]);
  });

  test("A3: weight rules are applied to the graph, shared descendants counted once", () => {
    const diamond = (weightRule: "downstream" | "upstream" | "absolute") => {
      const { spec } = dag({ id: "weights", defaults: { weightRule, priorityWeight: 10 } }, () => {
        chain(noop("a"), [noop("b"), noop("c")], noop("d"));
      });
      return spec.tasks.map((each) => each.priorityWeight);
    };
    expect(diamond("downstream")).toEqual([40, 20, 20, 10]);
    expect(diamond("upstream")).toEqual([10, 20, 20, 40]);
    expect(diamond("absolute")).toEqual([10, 10, 10, 10]);
  });

  test("weights that differ, over more tasks than a machine word has bits", () => {
    const { spec } = dag("long", () => {
      chain(...Array.from({ length: 70 }, (_, index) => bash({ id: `t${100 + index}`, command: "true", priorityWeight: index })));
    });
    const expected = Array.from({ length: 70 }, (_, index) => ((index + 69) * (70 - index)) / 2);
    expect(spec.tasks.map((each) => each.priorityWeight)).toEqual(expected);
  });

  test("weights of a chain longer than a machine word", () => {
    const { spec } = dag("long", () => chain(...Array.from({ length: 100 }, (_, index) => noop(`t${String(index).padStart(3, "0")}`))));
    expect(spec.tasks.map((each) => each.priorityWeight)).toEqual(Array.from({ length: 100 }, (_, index) => 100 - index));
  });
});

describe("A2: schedules", () => {
  test.each([
    ["@daily", { kind: "cron", expressions: ["0 0 * * *"], timezone: "Europe/Moscow" }],
    [" 30  6 * * MON-FRI", { kind: "cron", expressions: ["30 6 * * MON-FRI"], timezone: "Europe/Moscow" }],
    [["0 12 * * *", "@daily"], { kind: "cron", expressions: ["0 0 * * *", "0 12 * * *"], timezone: "Europe/Moscow" }],
    [{ every: "90s" }, { kind: "interval", everyMs: 90_000 }],
    ["@once", { kind: "once" }],
    [null, { kind: "none" }],
  ] as const)("%j", (schedule, expected) => {
    expect(describeOne({ schedule, timezone: "Europe/Moscow" }).schedule).toEqual(expected);
  });

  test.each([
    ["@dayly", /no preset "@dayly".*@daily/],
    ["every day", /"every day" is no cron expression/],
    ["* * *", /is no cron expression of 5 fields/],
    [[], /list is empty/],
    [{ every: "10ms" } as const, /too short/],
  ])("%j is refused", (schedule, message) => {
    expect(() => describeOne({ schedule })).toThrow(message);
  });

  test("@continuous allows one run at a time", () => {
    expect(describeOne({ schedule: "@continuous" }).maxActiveRuns).toBe(1);
    expect(() => describeOne({ schedule: "@continuous", maxActiveRuns: 2 })).toThrow(/can only be 1/);
  });

  test.each([
    ["2026-01-01", "Europe/Moscow", "2025-12-31T21:00:00.000Z"],
    ["2026-01-01T06:30", "America/New_York", "2026-01-01T11:30:00.000Z"],
    ["2026-01-01T06:30:00+03:00", "UTC", "2026-01-01T03:30:00.000Z"],
    // DST: 02:30 does not exist on the spring gap and moves on; in autumn the second 01:30 counts, as in cron
    ["2026-03-08T02:30", "America/New_York", "2026-03-08T07:30:00.000Z"],
    ["2026-11-01T01:30", "America/New_York", "2026-11-01T06:30:00.000Z"],
    ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T01:30:00.000Z"],
  ])("startDate %s in %s", (startDate, timezone, expected) => {
    expect(describeOne({ startDate, timezone }).startDate).toBe(expected);
  });

  test.each(["yesterday", "2026-02-30", "2026-13-01", "26-01-01"])("startDate %s is refused", (startDate) => {
    expect(() => describeOne({ startDate })).toThrow(/is no date/);
  });

  test("an unknown time zone is refused", () => {
    expect(() => describeOne({ timezone: "Europe/Moskau" })).toThrow(/"Europe\/Moskau" is not known/);
  });
});

describe("A6: params", () => {
  test("become one JSON Schema, which keeps their order", () => {
    const params = { limit: { type: "integer", default: 10, minimum: 1 }, city: { type: "string" } } as const;
    expect(describeOne({ params }).params).toEqual({
      type: "object",
      properties: params,
      propertyOrder: ["limit", "city"],
      required: ["city"],
    });
  });

  test.each([
    [{ limit: { type: "integer", default: 1.5 } }, /default 1.5 is not of type integer/],
    [{ limit: { type: "integer", default: 0, minimum: 1 } }, /default 0 is below 1/],
    [{ size: { enum: ["S", "M"], default: "L" } }, /"L" is not among its choices/],
    [{ size: { type: "string", pattern: "[" } }, /no regular expression/],
  ] as const)("%j is refused", (params, message) => {
    expect(() => describeOne({ params })).toThrow(message);
  });

  test("a scheduled DAG needs defaults", () => {
    expect(() => describeOne({ schedule: "@daily", params: { city: { type: "string" } } })).toThrow(/"city" has no default/);
  });
});

describe("what is refused", () => {
  test("F57: a cycle, with its tasks in order", () => {
    const describeCycle = () =>
      dag("round", () => {
        const [start, a, b, c] = [noop("start"), noop("a"), noop("b"), noop("c")];
        chain(start, a, b, c, a);
      });
    expect(describeCycle).toThrow(/DAG "round": its tasks wait for each other: (a → b → c → a|b → c → a → b|c → a → b → c)\./);
  });

  test("a task that waits for itself", () => {
    expect(() =>
      dag("round", () => {
        const a = noop("a");
        a.before(a);
      }),
    ).toThrow(/a → a/);
  });

  test.each(["", "a b", "../a", "a\0b", "x".repeat(251)])("F57: id %j", (id) => {
    expect(() => dag(id, () => undefined)).toThrow(/is no id of a DAG/);
    expect(() => dag("a", () => void noop(id))).toThrow(/is no id of a task/);
  });

  test.each([
    [{ retries: -1 }, /task "a": retries: -1 is no whole number/],
    [{ retryDelay: "5 min" }, /"5 min" is no duration/],
    [{ triggerRule: "some" }, /triggerRule: "some" is none of/],
    [{ poolSlots: 0 }, /poolSlots: 0/],
    [{ retryBackoff: 0.5 }, /retryBackoff: 0.5/],
    [{ executionTimeout: "0s" }, /executionTimeout: 0/],
    [{ owner: " " }, /owner is empty/],
    [{ retrys: 1 }, /no option "retrys"/],
  ])("F57: a DAG's defaults %j, written without the compiler", (defaults, message) => {
    expect(() => describeOne({ defaults: defaults as object })).toThrow(message);
  });

  test("an async description, which would miss tasks called after its first await", () => {
    const late = async (): Promise<void> => {
      await Promise.resolve();
      noop("late");
    };
    // oxlint-disable-next-line typescript/no-misused-promises -- the mistake under test
    expect(() => dag("a", late)).toThrow(/is async/);
  });

  test("a DAG within a DAG, and the next one is not disturbed by it", () => {
    expect(() => dag("a", () => void dag("b", () => undefined))).toThrow(/DAG "b" is described within DAG "a"/);
    expect(dag("c", () => void noop("x")).spec.tasks).toHaveLength(1);
  });

  test("F57: 10,000 tasks are more than a spec may hold, and that is said in less than two seconds of work", () => {
    const began = process.cpuUsage();
    const error = (() => {
      try {
        return dag("huge", () => chain(...Array.from({ length: 10_000 }, (_, index) => noop(`t${index}`))));
      } catch (caught) {
        return caught;
      }
    })();
    expect(isPolyflowError(error, "dag_invalid") && error.message).toMatch(/KiB are allowed \(10000 tasks\)/);
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
  });
});
