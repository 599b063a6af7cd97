import { dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { models } from "./models.ts";
import { TestProject } from "./testing/test-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await TestProject.create(inject("postgresUrl"), []);
  project.describe("orders", {
    source: "path: orders.csv\nformat: csv",
    columns: { id: "bigint", amount: "numeric" },
    load: "{mode: merge}",
  });
  project.write("source/orders.csv", "id,amount\n1,10\n2,5\n");
  expect((await project.load("orders")).reports[0]?.lineage).toEqual({
    fields: [
      { name: "id", type: "integer" },
      { name: "amount", type: "number" },
    ],
    columns: [
      { name: "id", type: "bigint", description: null, from: [{ table: null, field: "id" }] },
      { name: "amount", type: "numeric", description: null, from: [{ table: null, field: "amount" }] },
    ],
  });
}, 60_000);
afterAll(() => project.remove());

test("each model is reported like a load: its rows, rules, columns and where these come from (B9, A12)", { timeout: 60_000 }, async () => {
  project.write(
    "metadata/models/total.sql",
    "/*---\nmaterialized: table\nschema: m\ncolumns:\n  - {name: paid, description: All of it, quality: [{id: some, metric: nullValues, mustBe: 0}]}\n---*/\nselect sum(amount) as paid, count(*) as n from {{ ref('t.orders') }}",
  );
  project.write(
    "metadata/models/broken.sql",
    "/*---\nschema: m\n---*/\nselect amount / 0 as x from {{ ref('t.orders') }} group by nothing",
  );
  project.write("metadata/models/after.sql", "/*---\nschema: m\n---*/\nselect x from {{ ref('broken') }}");
  const definition = dag("build", () => void models({ id: "build" }));
  const run = await runDag(definition, { connections: async (id) => project.connections.get(id), projectDir: project.dir });
  const { state, loadReports } = run.task("build");
  expect(state).toBe("failed");
  expect(new Map(loadReports.map(({ flow, status }) => [flow, status]))).toEqual(
    new Map([
      ["broken", "failed"],
      ["total", "loaded"],
    ]),
  );
  expect(loadReports.find(({ flow }) => flow === "total")).toMatchObject({
    source: { file: "metadata/models/total.sql" },
    target: { connection: "df", schema: "m", table: "total" },
    rows: { loaded: 1, target: 1 },
    rules: [{ name: "some", status: "passed" }],
    lineage: {
      fields: [],
      columns: [
        { name: "paid", type: "numeric", description: "All of it", from: [{ table: "t.orders", field: "amount" }] },
        { name: "n", type: "bigint", description: null, from: [] },
      ],
    },
  });
});
