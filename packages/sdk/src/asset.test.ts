import { describe, expect, test } from "vitest";
import { allOf, anyOf, asset, assetAlias, dag, task } from "./index.ts";
import { OutletUpdates } from "./runtime/outlet-updates.ts";

const orders = asset({ name: "orders", uri: "db://orders", extra: { b: 1, a: 2 } });
const customers = asset("customers");
const years = assetAlias("years");

const scheduleOf = (schedule: NonNullable<Parameters<typeof dag>[0] & object>["schedule"]) =>
  dag({ id: "one", ...(schedule === undefined ? {} : { schedule }) }, () => undefined).spec.schedule;

describe("assets in a spec (A12)", () => {
  test("a list means all; conditions nest; times may stand beside them", () => {
    expect(customers).toEqual({ kind: "asset", name: "customers", uri: "customers", group: "asset", extra: {} });
    expect(scheduleOf([orders, customers])).toEqual({ kind: "asset", condition: { kind: "all", of: [orders, customers] } });
    expect(scheduleOf(orders)).toEqual({ kind: "asset", condition: orders });
    expect(scheduleOf({ assets: allOf(orders, anyOf(customers, years)), or: { every: "1h" } })).toEqual({
      kind: "asset_or_time",
      condition: { kind: "all", of: [orders, { kind: "any", of: [customers, years] }] },
      time: { kind: "interval", everyMs: 3_600_000 },
    });
  });

  test("outlets and inlets are sorted and doubled ones dropped (A10)", () => {
    const work = task({ id: "work", outlets: [years, orders, customers, orders], inlets: [customers] }, () => 1);
    const [spec] = dag("one", () => void work()).spec.tasks;
    expect(spec?.outlets).toEqual([years, customers, orders]);
    expect(spec?.inlets).toEqual([customers]);
  });

  test.each([
    [() => asset(""), /asset name is empty/],
    [() => allOf(), /names no asset/],
    [() => scheduleOf({ assets: orders, or: null as unknown as string }), /"or" has to be/],
    [() => asset({ name: "x", extra: { big: "x".repeat(70_000) } }), /larger than 64 KiB/],
  ])("%s is refused", (describeIt, message) => {
    expect(describeIt).toThrow(message);
  });
});

describe("what a task says of its outlets", () => {
  test("each declared asset is updated once; what is said of it is put together; aliases update anything", () => {
    const updates = new OutletUpdates([orders, customers, years]);
    updates.add(orders, { rows: 1 });
    updates.add("orders", { file: "a" });
    updates.add("sales_2026", { rows: 2 }, { alias: years });
    expect(updates.all()).toEqual([
      { name: "orders", extra: { rows: 1, file: "a" } },
      { name: "customers", extra: {} },
      { name: "sales_2026", extra: { rows: 2 }, alias: "years" },
    ]);
  });

  test("what is not declared is an error of the author", () => {
    const updates = new OutletUpdates([orders]);
    expect(() => updates.add("other")).toThrow(/no asset "other" among its outlets/);
    expect(() => updates.add("other", {}, { alias: "years" })).toThrow(/no alias "years"/);
    expect(() => updates.add(orders, { big: "x".repeat(70_000) })).toThrow(/at most 65536/);
  });
});
