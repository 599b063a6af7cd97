import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CopyWriter } from "./copy-writer.ts";
import { TestWarehouse } from "./test-warehouse.ts";

let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});

afterAll(async () => {
  await warehouse.remove();
});

test("A6: a server that does not keep up gets the bytes that were written, though their buffer has been used again", async () => {
  await warehouse.client.query(
    `create table slow (id int, text text);
     create function linger() returns trigger language plpgsql as $$ begin if new.id % 400 = 0 then perform pg_sleep(0.05); end if; return new; end $$;
     create trigger linger before insert on slow for each row execute function linger()`,
  );
  const copy = new CopyWriter(warehouse.client, "copy slow from stdin");
  const buffer = Buffer.allocUnsafe(9000);
  for (let id = 0; id < 1600; id++) {
    const used = buffer.write(`${id}\t${String(id % 10).repeat(8000)}\n`);
    await copy.write(buffer.subarray(0, used));
  }
  expect(await copy.finish()).toBe(1600);
  expect(await warehouse.rows("select count(*)::int, sum(id)::int from slow where text = repeat((id % 10)::text, 8000)")).toEqual([
    [1600, (1599 * 1600) / 2],
  ]);
});
