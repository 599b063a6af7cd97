import { describe, expect, it } from "vitest";
import { matchingItems } from "./palette-items.ts";

const item = (label: string, hint?: string) => ({ id: label, group: "g", label, ...(hint === undefined ? {} : { hint }), run: () => {} });

describe("C7: the command palette finds by what people type", () => {
  const items = [item("Task instances"), item("orders_hourly"), item("Orders archive"), item("Pools", "slots")];
  const found = (typed: string) => matchingItems(items, typed).map(({ label }) => label);
  it("shows all at first, and the best first afterwards", () => {
    expect(found("")).toHaveLength(4);
    expect(found("orders")).toEqual(["orders_hourly", "Orders archive"]);
    expect(found("hourly")).toEqual(["orders_hourly"]);
    expect(found("slot")).toEqual(["Pools"]);
    expect(found("tsin")).toEqual(["Task instances"]);
    expect(found("xyz")).toEqual([]);
  });
});
