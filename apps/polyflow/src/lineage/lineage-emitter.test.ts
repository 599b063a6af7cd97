import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { DagSpec, LoadReport } from "@polyflow/contracts";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import type { LineageRecord, LineageStore } from "@polyflow/store";
import { expect, test } from "vitest";
import { z } from "zod";
import { LineageEmitter, lineageTransport } from "./lineage-emitter.ts";
import { warehouseName } from "./warehouse-name.ts";
import { openLineageEvent } from "./open-lineage-event.ts";

const orders = { kind: "asset", name: "orders", uri: "postgres://dwh:5432/sales/orders", group: "table", extra: {} } as const;
const files = { kind: "asset", name: "files", uri: "files", group: "file", extra: {} } as const;
const load = {
  source: { name: "csv", file: "source/orders.csv", sha256: "", bytes: 1 },
  target: { connection: "df", schema: "sales", table: "orders" },
  rows: { inserted: 2, updated: 1 },
  lineage: {
    fields: [{ name: "Сумма", type: "number" }],
    columns: [
      { name: "amount", type: "numeric(18,2)", description: "Paid", from: [{ table: null, field: "Сумма" }] },
      { name: "loaded_at", type: "timestamptz", description: null, from: [] },
    ],
  },
  rules: [{ name: "unique_id", metric: "duplicateValues", severity: "error", status: "failed", expected: "0", actual: 3, unit: "rows" }],
} as unknown as LoadReport;

function record(changes: Partial<LineageRecord> = {}): LineageRecord {
  return {
    lineageId: 1,
    attemptId: "0190c1de-0000-4000-8000-000000000001",
    runKey: "0190c1de-0000-4000-8000-000000000002",
    dagId: "sales",
    runId: "r1",
    taskId: "load",
    mapIndex: -1,
    state: "success",
    at: new Date("2026-03-01T00:00:00Z"),
    reason: null,
    dataIntervalStart: new Date("2026-02-28T00:00:00Z"),
    dataIntervalEnd: new Date("2026-03-01T00:00:00Z"),
    spec: { tasks: [{ taskId: "load", outlets: [orders], inlets: [files] }] } as unknown as DagSpec,
    loads: [load],
    ...changes,
  };
}

const producer = z.string().regex(/^[a-z]+:/);
/** A facet by its schema, whose address ends so. */
function facet<Shape extends z.ZodRawShape>(schema: string, shape: Shape) {
  return z.strictObject({ _producer: producer, _schemaURL: z.literal(`https://openlineage.io/spec/facets/${schema}`), ...shape });
}
const field = z.strictObject({ name: z.string(), type: z.string().optional(), description: z.string().optional() });
const inputField = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  field: z.string(),
  transformations: z.array(z.strictObject({ type: z.enum(["DIRECT", "INDIRECT"]), subtype: z.string().optional() })),
});
const assertion = z.strictObject({
  assertion: z.string(),
  success: z.boolean(),
  column: z.string().optional(),
  severity: z.enum(["error", "warn"]),
  name: z.string(),
  expected: z.string(),
  actual: z.string(),
});
const datasetFacets = z.strictObject({
  schema: facet("1-2-0/SchemaDatasetFacet.json", { fields: z.array(field) }).optional(),
  columnLineage: facet("1-2-0/ColumnLineageDatasetFacet.json", {
    fields: z.record(z.string(), z.strictObject({ inputFields: z.array(inputField) })),
  }).optional(),
  dataQualityAssertions: facet("1-1-0/DataQualityAssertionsDatasetFacet.json", { assertions: z.array(assertion) }).optional(),
});
const outputFacets = z.strictObject({
  outputStatistics: facet("1-0-2/OutputStatisticsOutputDatasetFacet.json", { rowCount: z.int().min(0) }),
});
const facets = z.record(z.string(), z.looseObject({ _producer: producer, _schemaURL: z.url() }));
const dataset = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  facets: datasetFacets.optional(),
  outputFacets: outputFacets.optional(),
});
/** A RunEvent of OpenLineage 2-0-2. */
const runEvent = z.strictObject({
  eventType: z.enum(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]),
  eventTime: z.iso.datetime(),
  producer,
  schemaURL: z.url(),
  run: z.strictObject({ runId: z.uuid(), facets }),
  job: z.strictObject({ namespace: z.string().min(1), name: z.string().min(1), facets }),
  inputs: z.array(dataset),
  outputs: z.array(dataset),
});

const warehouse = warehouseName({
  connectionId: "df",
  type: "postgres",
  host: "dwh",
  port: null,
  login: "etl",
  password: "secret",
  schema: "sales",
  extra: {},
  description: null,
});
const names = { namespace: "default", producer: "urn:polyflow:1", warehouses: new Map(warehouse === undefined ? [] : [["df", warehouse]]) };

test.each([
  ["running", "START"],
  ["success", "COMPLETE"],
  ["skipped", "ABORT"],
  ["failed", "FAIL"],
  ["up_for_retry", "FAIL"],
] as const)("%s is a %s event of the standard's form (A12)", (state, eventType) => {
  const event = runEvent.parse(openLineageEvent(record({ state, reason: "broke" }), names));
  expect(event).toMatchObject({ eventType, job: { name: "sales.load" }, run: { runId: record().attemptId } });
  expect("errorMessage" in event.run.facets).toBe(eventType === "FAIL");
});

test("assets and loads are its datasets, with their columns, where these come from, and what was asserted (A12, B6)", () => {
  const { inputs, outputs } = runEvent.parse(openLineageEvent(record(), names));
  expect(inputs).toMatchObject([
    { namespace: "default", name: "files" },
    { namespace: "file", name: "source/orders.csv", facets: { schema: { fields: [{ name: "Сумма", type: "number" }] } } },
  ]);
  expect(outputs[0]).toEqual({ namespace: "postgres://dwh:5432", name: "sales.orders" });
  expect(outputs[1]).toMatchObject({
    namespace: "postgres://dwh:5432",
    name: "sales.sales.orders",
    facets: {
      schema: { fields: [{ name: "amount", type: "numeric(18,2)", description: "Paid" }, { name: "loaded_at" }] },
      columnLineage: {
        fields: { amount: { inputFields: [{ namespace: "file", name: "source/orders.csv", field: "Сумма" }] } },
      },
      dataQualityAssertions: { assertions: [{ name: "unique_id", success: false }] },
    },
    outputFacets: { outputStatistics: { rowCount: 3 } },
  });
});

test("a query's inputs are the tables that its columns come from; what was loaded before columns were kept is known by name (A12, B9)", () => {
  const model = {
    ...load,
    source: { name: "by_day", file: "metadata/models/by_day.sql", sha256: "", bytes: 1 },
    rules: [],
    lineage: {
      fields: [],
      columns: [
        { name: "day", type: "date", description: null, from: [{ table: "sales.orders", field: "day" }] },
        {
          name: "total",
          type: "bigint",
          description: null,
          from: [
            { table: "sales.orders", field: "amount" },
            { table: "sales.rates", field: "rate" },
          ],
        },
      ],
    },
  };
  const { inputs, outputs } = runEvent.parse(
    openLineageEvent(record({ spec: { tasks: [] } as unknown as DagSpec, loads: [model] }), names),
  );
  expect(inputs).toEqual([
    { namespace: "postgres://dwh:5432", name: "sales.sales.orders" },
    { namespace: "postgres://dwh:5432", name: "sales.sales.rates" },
  ]);
  expect(outputs[0]?.facets?.columnLineage?.fields["total"]?.inputFields.map(({ name, field: from }) => `${name}.${from}`)).toEqual([
    "sales.sales.orders.amount",
    "sales.sales.rates.rate",
  ]);
  const { lineage: _, ...old } = load;
  const before = runEvent.parse(openLineageEvent(record({ loads: [{ ...old, rules: [] }] }), names));
  expect(before.outputs[1]).not.toHaveProperty("facets");
});

/** An outbox of these. */
function outbox(records: readonly LineageRecord[]): LineageStore & { readonly left: () => number } {
  let kept = [...records];
  return {
    left: () => kept.length,
    setLineage: async () => undefined,
    listLineage: async () => [...kept],
    forgetLineage: async (ids) => void (kept = kept.filter(({ lineageId }) => !ids.includes(lineageId))),
  };
}

const common = { names, connection: async () => undefined, clock: systemClock, logger: silentLogger, random: () => 0 };

test("a receiver gets each event with its key; what it refuses stays in the outbox, in order (A12)", async () => {
  const got: { readonly authorization: string | undefined; readonly runId: string }[] = [];
  let status = 201;
  const server = createServer(async (request, response) => {
    const event = runEvent.parse(await json(request));
    if (status === 201) got.push({ authorization: request.headers.authorization, runId: event.run.runId });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = lineageTransport(JSON.stringify({ type: "http", url, auth: { type: "api_key", apiKey: "k" } }));
  const store = outbox([record(), record({ lineageId: 2, state: "failed" })]);
  const emitter = new LineageEmitter({ ...common, store, transport });
  status = 503;
  await expect(emitter.emit()).rejects.toThrow(/status 503/);
  expect([got.length, store.left()]).toEqual([0, 2]);
  status = 201;
  expect(await emitter.emit()).toBe(2);
  expect(got[0]).toEqual({ authorization: "Bearer k", runId: record().attemptId });
  expect(store.left()).toBe(0);
  await new Promise((resolve) => server.close(resolve));
});

test("or a file gets one line for each", async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyflow-lineage-"));
  const path = join(folder, "deep", "lineage.jsonl");
  const transport = lineageTransport(JSON.stringify({ type: "file", log_file_path: path }));
  await new LineageEmitter({ ...common, store: outbox([record(), record({ lineageId: 2 })]), transport }).emit();
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => runEvent.parse(JSON.parse(line)).eventType)).toEqual(["COMPLETE", "COMPLETE"]);
  await rm(folder, { recursive: true });
});

test("a wrong transport is refused without what was given, which may hold a key (D6)", () => {
  expect(() => lineageTransport('{"type": "http", "auth": {"apiKey": "s3cret"}}')).toThrow(/is not understood/);
  expect(() => lineageTransport('{"type": "http", "auth": {"apiKey": "s3cret"}}')).not.toThrow(/s3cret/);
});
