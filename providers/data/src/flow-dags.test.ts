import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TaskContext } from "@polyflow/sdk";
import { collectDags } from "@polyflow/sdk/runtime";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { flowDags } from "./flow-dags.ts";
import { systemDags } from "./system-dags.ts";
import { onDatabase } from "./testing/test-database.ts";

const database = `t_${randomBytes(6).toString("hex")}`;
let projectDir: string;

beforeAll(async () => {
  await onDatabase(inject("postgresUrl"), `create database ${database}`);
  projectDir = mkdtempSync(join(tmpdir(), "flow-dags-"));
  put(
    "metadata/sources/sales.yaml",
    "name: sales\npath: sales.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: day, type: date}]}\n",
  );
  put(
    "metadata/entities/sales.odcs.yaml",
    "apiVersion: v3.1.0\nkind: DataContract\nid: t.sales\nversion: 1.0.0\nstatus: active\nservers: [{server: df, type: postgres, schema: t}]\nschema:\n  - name: sales\n    properties:\n      - {name: id, logicalType: integer}\n      - {name: day, logicalType: date}\n",
  );
  put("metadata/flows/nightly.flow.yaml", flow("nightly", 'schedule: {cron: "0 3 * * *", timezone: Europe/Moscow}'));
  put("metadata/flows/by_hand.flow.yaml", flow("by_hand", ""));
  put("source/sales.csv", "id,day\n1,2026-01-01\n2,2026-01-02\n");
});
afterAll(async () => {
  rmSync(projectDir, { recursive: true, force: true });
  await onDatabase(inject("postgresUrl"), `drop database ${database} with (force)`);
});
beforeEach(() => void collectDags({}));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(projectDir, path)), { recursive: true });
  writeFileSync(join(projectDir, path), text);
}

function flow(name: string, more: string): string {
  return `flow: ${name}\nsource: {ref: sales}\ntarget: {ref: t.sales}\nload: {mode: partition, slice_by: day}\n${more}\n`;
}

function context(more: Partial<TaskContext>): TaskContext {
  const url = new URL(inject("postgresUrl"));
  const log = { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined };
  const part: Partial<TaskContext> = {
    projectDir,
    log,
    signal: new AbortController().signal,
    connection: (connectionId) =>
      Promise.resolve({
        connectionId,
        type: "postgres",
        host: url.hostname,
        port: Number(url.port),
        login: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        schema: database,
        extra: { system_schema: "pf_system" },
      }),
    reportLoad: () => Promise.resolve(),
    ...more,
  };
  return part as TaskContext;
}

test("B1: every flow with a schedule becomes a DAG with it; the others when they are named", async () => {
  await flowDags(projectDir);
  const [nightly, ...others] = collectDags({});
  expect(others).toEqual([]);
  expect(nightly?.spec).toMatchObject({ dagId: "nightly", tags: ["flow"] });
  expect(JSON.stringify(nightly?.spec)).toContain("Europe/Moscow");
  await flowDags(projectDir, { flows: ["by_hand"], prefix: "flow_" });
  expect(collectDags({}).map((dag) => dag.dagId)).toEqual(["flow_by_hand"]);
  await expect(flowDags(projectDir, { flows: ["not_there"] })).rejects.toMatchObject({ message: expect.stringContaining("not_there") });
});

test("B3: a scheduled flow that is cut by a column loads the data interval of its run", async () => {
  await flowDags(projectDir);
  const task = collectDags({})[0]?.tasks.get("load");
  const day = { dataIntervalStart: new Date("2026-01-01T00:00:00Z"), dataIntervalEnd: new Date("2026-01-02T00:00:00Z") };
  expect(await task?.execute({}, context(day), {})).toMatchObject({ read: 2, loaded: 1, rows: 1 });
  await expect(task?.execute({}, context({}), {})).rejects.toMatchObject({ code: "params_invalid" });
});

test("B7: the two system DAGs build and fill the schema that the connection names", async () => {
  systemDags();
  const [upgrade, populate] = collectDags({});
  expect([upgrade?.dagId, populate?.dagId]).toEqual(["df_upgrade_datadb", "df_populate_datadb"]);
  expect(await upgrade?.tasks.get("upgrade")?.execute({}, context({}), {})).toMatchObject({ schema: "pf_system" });
  expect(await populate?.tasks.get("populate")?.execute({}, context({}), {})).toMatchObject({
    entities: 1,
    sources: 1,
    flows: 2,
    removed: 0,
  });
});
