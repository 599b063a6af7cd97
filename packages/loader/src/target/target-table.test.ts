import { Client } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { TestWarehouse } from "../test-warehouse.ts";
import { prepareTargetSchema } from "./target-table.ts";

let warehouse: TestWarehouse;
let clients: readonly Client[];

beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  clients = Array.from({ length: 6 }, () => new Client({ connectionString: warehouse.url }));
  await Promise.all(clients.map((client) => client.connect()));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await warehouse.remove();
});

test("B3: many first loads into a new schema at once all find it, round after round", async () => {
  for (let round = 0; round < 20; round++) {
    const schema = `made_at_once_${round}`;
    await Promise.all(clients.map((client) => prepareTargetSchema(client, schema)));
    await Promise.all(clients.map((client, index) => client.query(`create table ${schema}.t${index} ()`)));
    const { rows } = await warehouse.client.query("select count(*)::int as count from pg_tables where schemaname = $1", [schema]);
    expect(rows).toEqual([{ count: clients.length }]);
  }
});
