import { mssqlDialect, mssqlType, writeSteps } from "@polyflow/loader";
import type { Connection } from "@polyflow/sdk";
import { csvCells } from "./csv-cells.ts";
import { connectMssql, runBatch } from "./mssql.ts";
import { type PublishPlan, shapeOf } from "./publish-plan.ts";

const TEXT_TABLE = "#polyflow_text";
const INCOMING = "#polyflow_incoming";

/** The statements around the bulk copy: before it, and after it in the same transaction. */
export interface MssqlScript {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Texts are copied in bulk and converted by the server, so that no decimal and no instant goes through a number of JavaScript. All
 * statements run in one transaction under a lock of their own; those of 2012 and newer alone are used.
 */
export function mssqlScript(plan: PublishPlan): MssqlScript {
  const identifier = (...path: readonly string[]): string => mssqlDialect.identifier(...path);
  const literal = (text: string): string => mssqlDialect.literal(text);
  const { entity, mode, target, loadId } = plan;
  const columns = entity.columns.map((column) => {
    const isKey = entity.primaryKey.includes(column.column);
    return {
      name: identifier(column.column),
      type: mssqlType(column, isKey).sql,
      isRequired: column.required || isKey,
    };
  });
  const table = identifier(...target);
  const key = entity.primaryKey.length === 0 ? "" : `, primary key (${entity.primaryKey.map((column) => identifier(column)).join(", ")})`;
  const described = columns.map(({ name, type, isRequired }) => `${name} ${type}${isRequired ? " not null" : " null"}`).join(", ");
  const system = "[_load_id] uniqueidentifier not null, [_loaded_at] datetimeoffset(6) not null";
  const values = columns.map(({ name, type }) =>
    type.startsWith("nvarchar(max)")
      ? name
      : `convert(${type}, ${name}${type.startsWith("date") || type.startsWith("time") ? ", 121" : ""})`,
  );
  const repeated = mode === "append" ? [`delete from ${table} where [_load_id] = ${mssqlDialect.loadId(loadId)}`] : [];
  const steps = writeSteps(mssqlDialect, shapeOf(plan, { incoming: INCOMING, at: "sysdatetimeoffset()" }));
  return {
    before: [
      `exec sp_getapplock @Resource = ${literal(`polyflow:${target.join(".")}`)}, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = -1`,
      `if schema_id(${literal(target[0])}) is null exec(${literal(`create schema ${identifier(target[0])}`)})`,
      `if object_id(${literal(table)}) is null create table ${table} (${described}, ${system}${key})`,
      `create table ${TEXT_TABLE} (${columns.map(({ name }) => `${name} nvarchar(max) null`).join(", ")})`,
    ],
    after: [
      `create table ${INCOMING} (${columns.map(({ name, type }) => `${name} ${type} null`).join(", ")})`,
      `insert into ${INCOMING} select ${values.join(", ")} from ${TEXT_TABLE}`,
      // `top 0` would not touch the table, and so not lock it
      `select top (1) 1 as locked from ${table} with (tablockx, holdlock)`,
      ...repeated,
      ...steps.map(({ sql }) => sql),
      `drop table ${INCOMING}; drop table ${TEXT_TABLE}`,
    ],
  };
}

/** @returns how many rows */
export async function publishToMssql(connection: Connection, plan: PublishPlan, content: AsyncIterable<Uint8Array>): Promise<number> {
  const script = mssqlScript(plan);
  const client = await connectMssql(connection);
  try {
    await runBatch(client, "set xact_abort on; begin transaction");
    for (const statement of script.before) await runBatch(client, statement);
    const rows = await copy(client, plan, content);
    for (const statement of script.after) await runBatch(client, statement);
    await runBatch(client, "commit transaction");
    return rows;
  } finally {
    // without a commit the server takes all of it back when the connection ends
    client.close();
  }
}

async function copy(
  client: Awaited<ReturnType<typeof connectMssql>>,
  { entity }: PublishPlan,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const { TYPES: tds } = await import("tedious");
  return new Promise((resolve, reject) => {
    const bulk = client.newBulkLoad(TEXT_TABLE, (error, rows) =>
      error === null || error === undefined ? resolve(rows ?? 0) : reject(error),
    );
    for (const { column } of entity.columns) bulk.addColumn(column, tds.NVarChar, { length: Infinity, nullable: true });
    client.execBulkLoad(bulk, csvCells(content));
  });
}
