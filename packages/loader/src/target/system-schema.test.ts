import { randomBytes } from "node:crypto";
import { isPolyflowError } from "@polyflow/contracts";
import { Client } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { TestWarehouse } from "../test-warehouse.ts";
import { migrateSystemSchema } from "./system-schema.ts";

const role = `r_${randomBytes(6).toString("hex")}`;
let warehouse: TestWarehouse;
let client: Client;

beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  await warehouse.client.query(`create role ${role} login password 'x'`);
  const url = new URL(warehouse.url);
  url.username = role;
  url.password = "x";
  client = new Client({ connectionString: url.href });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await warehouse.client.query(`drop owned by ${role} cascade`);
  await warehouse.client.query(`drop role ${role}`);
  await warehouse.remove();
});

test("B7: without the right to create schemas, the statement that the message names is all that is needed", async () => {
  const refusal: unknown = await migrateSystemSchema(client, "df").catch((error: unknown) => error);
  const message = isPolyflowError(refusal, "load_failed") ? refusal.message : "";
  const statement = /An administrator must run: (.+)$/.exec(message)?.[1] ?? "";
  expect(statement).toBe(`create schema if not exists "df" authorization "${role}";`);
  await warehouse.client.query(statement);
  await migrateSystemSchema(client, "df");
  expect((await client.query("select count(*)::int as count from df.load_ledger")).rows).toEqual([{ count: 0 }]);
});
