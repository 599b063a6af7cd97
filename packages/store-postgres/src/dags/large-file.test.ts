import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, taskSpec, TestStore } from "../fixture/test-store.ts";

const LONG = { timeout: 120_000 };
let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

const MANY = Array.from({ length: 1_500 }, (_, index) => dagSpec(`many_${index}`, [taskSpec("a"), taskSpec("b", { upstream: ["a"] })]));

test(
  "a file of 1,500 DAGs is there as a whole or not at all, whenever it is read again (Airflow #47413, #19822: they came and went)",
  LONG,
  async () => {
    const count = async () => Number((await t.sql<{ n: string }>("select count(*) as n from polyflow.dag where is_active"))[0]?.n);
    await t.publishAs({ relativePath: "many.ts", code: "at first" }, ...MANY);
    expect(await count()).toBe(1_500);
    const seen = new Set<number>();
    let isPublished = false;
    const again = t.publishAs({ relativePath: "many.ts", code: "changed" }, ...MANY).finally(() => (isPublished = true));
    while (!isPublished) seen.add(await count());
    await again;
    expect([...seen]).toEqual([1_500]);
  },
);

test("while a large file is published, runs of other DAGs are made and go on (Airflow #70614 held the scheduler up)", LONG, async () => {
  await t.publish(dagSpec("other", [taskSpec("a")], { maxActiveRuns: 1_000 }));
  const term = await t.lead();
  let isPublished = false;
  const publishing = t
    .publishAs({ relativePath: "many.ts", code: "changed once more" }, ...MANY.map((spec) => ({ ...spec, description: "changed" })))
    .finally(() => (isPublished = true));
  let runs = 0;
  for (; !isPublished; runs += 1) {
    const run = await t.startRun(term, "other", newRun("other", { runId: `r${runs}` }));
    await t.schedule(term, run.runKey, ["a"], 1_000);
  }
  await publishing;
  expect(runs).toBeGreaterThan(1);
});
