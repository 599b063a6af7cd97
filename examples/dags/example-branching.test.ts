import { strict as assert } from "node:assert";
import { test } from "node:test";
import { fakeClock, runDag } from "@polyflow/testing";
import { exampleBranching } from "./example-branching.ts";
import { exampleMapping } from "./example-mapping.ts";

void test("few rows are loaded at once, and what follows runs", async () => {
  const run = await runDag(exampleBranching, { clock: fakeClock("2026-01-31T06:00:00Z") });
  assert.equal(run.state, "success");
  assert.equal(run.task("load_at_once").state, "success");
  assert.equal(run.task("load_in_parts").state, "skipped");
  assert.equal(run.task("done").state, "success");
});

void test("each file is measured by an instance that has its name", async () => {
  const run = await runDag(exampleMapping);
  assert.deepEqual(
    run.tasks.filter(({ taskId }) => taskId === "measure").map(({ mapName }) => mapName),
    ["orders.csv", "items.csv", "prices.csv"],
  );
});
