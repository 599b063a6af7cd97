import { randomUUID } from "node:crypto";
import { readModels } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestWarehouse } from "../test-warehouse.ts";
import { buildModels } from "./build-models.ts";
import { modelLineage } from "./model-lineage.ts";
import type { BuildRequest, BuiltModel } from "./build-models.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  warehouse.describe("sales", {
    source:
      "path: sales.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: day, type: date}, {name: amount, type: integer}]}\n",
    properties:
      "      - {name: id, logicalType: integer, primaryKey: true}\n      - {name: day, logicalType: date}\n      - {name: amount, logicalType: integer}",
    load: "{mode: merge}",
  });
  await loadSales("1,2026-01-01,10\n2,2026-01-01,5\n3,2026-01-02,7");
  model(
    "paid",
    "/*---\nmaterialized: view\nschema: m\ndescription: Sales with an amount\n---*/\nselect * from {{ ref('t.sales') }} where amount > 0",
  );
  model(
    "by_day",
    "/*---\nmaterialized: table\nschema: m\ncolumns:\n  - {name: day, description: The day, quality: [{id: day_unique, metric: duplicateValues, mustBe: 0}]}\nquality:\n  - {id: not_much, type: sql, query: 'select max(total) from {object}', mustBeLessThan: 100}\n---*/\nselect day, sum(amount) as total from {{ ref('paid') }} group by day;",
  );
  model(
    "growing",
    "/*---\nmaterialized: incremental\nschema: m\nunique_key: [day]\n---*/\nselect day, total from {{ ref('by_day') }} {% if incremental %} where day >= (select max(day) from {{ this }}) {% endif %}",
  );
  model("history", "/*---\nmaterialized: snapshot\nschema: m\nunique_key: [day]\n---*/\nselect day, total from {{ ref('by_day') }}");
});
afterAll(async () => {
  await warehouse.remove();
});

function model(name: string, text: string): void {
  warehouse.write(`metadata/models/${name}.sql`, text);
}

async function loadSales(rows: string): Promise<void> {
  warehouse.write("source/sales.csv", `id,day,amount\n${rows}\n`);
  expect((await warehouse.load("sales")).failure).toBeUndefined();
}

async function build(more: Partial<BuildRequest> = {}): Promise<readonly BuiltModel[]> {
  return buildModels({
    client: warehouse.url,
    models: await readModels(warehouse.projectDir),
    projectDir: warehouse.projectDir,
    runId: randomUUID(),
    log: { info: () => undefined, warning: () => undefined },
    ...more,
  });
}

describe("B9: SQL models", () => {
  test("are built in the order of their references, tested, described, and built again over what depends on them", async () => {
    const built = await build();
    expect(built.map((one) => [one.name, one.status, one.rows])).toEqual([
      ["paid", "built", 3],
      ["by_day", "built", 2],
      ["growing", "built", 2],
      ["history", "built", 2],
    ]);
    expect(built[1]?.rules).toMatchObject([
      { name: "day_unique", status: "passed" },
      { name: "not_much", status: "passed", actual: 15 },
    ]);
    expect(await warehouse.rows("select obj_description('m.paid'::regclass), col_description('m.by_day'::regclass, 1)")).toEqual([
      ["Sales with an amount", "The day"],
    ]);
    await warehouse.client.query("create view m.on_top as select * from m.by_day");
    expect((await build()).every((one) => one.status === "built")).toBe(true);
    expect(await warehouse.rows("select count(*)::int from m.on_top")).toEqual([[2]]);
  });

  test("what others have built on a model stays, however many steps away: views in their order, rights, comments, indexes", async () => {
    const role = `reader_${randomUUID().slice(0, 8)}`;
    const run = (sql: string) => warehouse.client.query(sql);
    await run(`create role ${role}`);
    await run("create view m.second as select day, total from m.on_top where total > 0");
    await run("create materialized view m.third as select a.day, a.total, b.total as twice from m.second a join m.on_top b using (day)");
    await run("create unique index third_day on m.third (day)");
    await run("create view m.fourth with (security_barrier=true) as select t.*, d.total as own from m.third t join m.by_day d using (day)");
    await run("comment on view m.second is 'it''s second'; comment on column m.fourth.own is 'own'");
    await run(`grant select on m.by_day, m.second, m.fourth to ${role}; grant select (day) on m.on_top to public`);
    const state = () =>
      warehouse.rows(
        `select relname, relkind::text, array_to_string(relacl, ',') ~ '${role}', obj_description(oid), reloptions::text, pg_get_viewdef(oid) is not null,
                (select count(*)::int from pg_index where indrelid = c.oid), (select count(*)::int from pg_attribute where attrelid = c.oid and attacl is not null)
           from pg_class c where relnamespace = 'm'::regnamespace and relkind in ('v', 'm', 'r') order by relname`,
      );
    const before = await state();
    expect((await build()).every((one) => one.status === "built")).toBe(true);
    expect(await state()).toEqual(before);
    expect(await warehouse.rows("select count(*)::int from m.fourth")).toEqual([[2]]);
    expect(await warehouse.rows("select col_description('m.fourth'::regclass, 4)")).toEqual([["own"]]);
    await run(`drop view m.fourth; drop materialized view m.third; drop view m.second; drop owned by ${role}; drop role ${role}`);
  });

  test("incremental adds and replaces by key from where it stood; a snapshot keeps versions", async () => {
    await loadSales("1,2026-01-01,90\n3,2026-01-02,8\n4,2026-01-03,1");
    await build({ only: ["by_day", "growing", "history"] });
    const rows = "day::text, total::int";
    expect(await warehouse.rows(`select ${rows} from m.growing order by 1`)).toEqual([
      ["2026-01-01", 15],
      ["2026-01-02", 8],
      ["2026-01-03", 1],
    ]);
    expect(await warehouse.rows(`select ${rows}, _valid_to is null from m.history order by day, _valid_from`)).toEqual([
      ["2026-01-01", 15, false],
      ["2026-01-01", 95, true],
      ["2026-01-02", 7, false],
      ["2026-01-02", 8, true],
      ["2026-01-03", 1, true],
    ]);
  });

  test("a failing rule leaves the model as it was, keeps its result, and skips what refers to it", async () => {
    await loadSales("1,2026-01-01,1000");
    const built = await build();
    expect(built.map((one) => [one.name, one.status])).toEqual([
      ["paid", "built"],
      ["by_day", "failed"],
      ["growing", "skipped"],
      ["history", "skipped"],
    ]);
    expect(await warehouse.rows("select max(total)::int from m.by_day")).not.toEqual([[1005]]);
    expect(await warehouse.rows("select status from df.rule_result where rule = 'not_much' order by at desc limit 1")).toEqual([
      ["failed"],
    ]);
    await warehouse.client.query("delete from t.sales where id = 1");
    expect((await build({ fullRefresh: true })).every((one) => one.status === "built")).toBe(true);
    expect(await warehouse.rows("select count(*)::int from m.growing")).toEqual(await warehouse.rows("select count(*)::int from m.by_day"));
  });

  test("B9, B10: each column of a model is traced to the columns it comes from, through joins, subqueries, unions and other models", async () => {
    model(
      "traced",
      "with big as (select id, amount * 2 as twice from {{ ref('t.sales') }} where amount > 1)\n" +
        "select d.day, b.twice + coalesce(d.total, 0) as mixed, (select max(s.amount) from {{ ref('t.sales') }} s) as most, 1 as one\n" +
        "  from {{ ref('by_day') }} d join big b on true union all select day, 0, id, 2 from {{ ref('paid') }}",
    );
    const lineage = await modelLineage(await readModels(warehouse.projectDir));
    const text = (name: string) =>
      lineage.get(name)?.map(({ column, from }) => `${column} <- ${from.map((origin) => `${origin.table}.${origin.column}`).join(", ")}`);
    expect(text("paid")).toEqual(["id <- t.sales.id", "day <- t.sales.day", "amount <- t.sales.amount"]);
    expect(text("by_day")).toEqual(["day <- m.paid.day", "total <- m.paid.amount"]);
    expect(text("traced")).toEqual([
      "day <- m.by_day.day, m.paid.day",
      "mixed <- t.sales.amount, m.by_day.total",
      "most <- t.sales.amount, m.paid.id",
      "one <- ",
    ]);
  });

  test("unknown references, circles and wrong heads are named with file and line", async () => {
    model("lost", "select * from {{ ref('by_dai') }}");
    model("wrong", "/*---\nmaterialised: table\n---*/ select 1 as one");
    await expect(readModels(warehouse.projectDir)).rejects.toMatchObject({
      message: expect.stringMatching(
        /lost\.sql:1:1: there is no model or entity "by_dai"; did you mean `by_day`\?[\s\S]*wrong\.sql:2:1: .*did you mean `materialized`/,
      ),
    });
    model("lost", "select * from {{ ref('wrong') }}");
    model("wrong", "select * from {{ ref('lost') }}");
    await expect(readModels(warehouse.projectDir)).rejects.toMatchObject({ message: expect.stringContaining("lost → wrong → lost") });
  });
});
