import { describe, expect, it } from "vitest";
import { dayEnd, dayStart, isNarrowed, listSearch } from "./list-search.ts";

describe("C5: filters of lists live in the address", () => {
  it("takes what it knows and nothing else", () => {
    expect(listSearch({ dag: "sales", state: "failed", limit: "9", q: "" })).toEqual({ dag: "sales", state: "failed" });
    expect(isNarrowed({ edit: "x" })).toBe(false);
    expect(isNarrowed({ dag: "x" })).toBe(true);
  });
  it("a day is a whole day, whatever its length", () => {
    const hours = (Date.parse(dayEnd("2026-03-29") ?? "") - Date.parse(dayStart("2026-03-29") ?? "")) / 3_600_000;
    expect([23, 24, 25]).toContain(hours);
    expect(dayStart("yesterday")).toBeUndefined();
  });
});
