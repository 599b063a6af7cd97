import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

const SIZES = fc.record({ p: fc.integer({ min: -1, max: 8 }), q: fc.integer({ min: -1, max: 8 }) });
const TASKS = fc.array(
  fc.record({ pool: fc.constantFrom("p", "q"), poolSlots: fc.integer({ min: 1, max: 4 }), priorityWeight: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 14 },
);

test("whatever pools and tasks there are: no pool and no limit is exceeded, and nothing waits that has room (A7, I12; property)", {
  timeout: 120_000,
}, async () => {
  const term = await t.lead();
  let dags = 0;
  await fc.assert(
    fc.asyncProperty(SIZES, TASKS, fc.integer({ min: 1, max: 12 }), async (sizes, drawn, parallelism) => {
      await t.sql("delete from polyflow.dag_run");
      for (const [name, slots] of Object.entries(sizes))
        await t.sql("insert into polyflow.pool (name, slots) values ($1, $2) on conflict (name) do update set slots = excluded.slots", [
          name,
          slots,
        ]);
      dags += 1;
      const tasks = drawn.map((task, index) => taskSpec(`t${index}`, task));
      await t.publish(dagSpec(`d${dags}`, tasks, { maxActiveTasks: 100 }));
      const run = await t.startRun(term, `d${dags}`);
      const queued = await t.schedule(
        term,
        run.runKey,
        tasks.map((task) => task.taskId),
        parallelism,
      );
      const chosen = new Set(queued.map((attempt) => attempt.taskId));
      const held = (pool: string): number =>
        tasks.filter((task) => task.pool === pool && chosen.has(task.taskId)).reduce((sum, task) => sum + task.poolSlots, 0);
      expect(chosen.size).toBeLessThanOrEqual(parallelism);
      for (const [pool, size] of Object.entries(sizes)) if (size >= 0) expect(held(pool)).toBeLessThanOrEqual(size);
      const fitting = tasks.filter((task) => {
        const size = sizes[task.pool === "p" ? "p" : "q"];
        return !chosen.has(task.taskId) && (size < 0 || held(task.pool) + task.poolSlots <= size);
      });
      if (chosen.size < parallelism) expect(fitting).toEqual([]);
    }),
    { numRuns: 25, seed: 20_260_301 },
  );
});
