import { describe, expect, it } from "vitest";
import { joinExtra, splitExtra } from "./connection-extra.ts";
import { connectionType } from "./connection-types.ts";

describe("C4: typed fields of a connection", () => {
  const known = connectionType("postgres").extra;
  it("parts what it knows from the rest and joins them again", () => {
    const parts = splitExtra('{"sslmode":"***","application_name":"x"}', known);
    expect(parts).toEqual({ fields: { sslmode: "***" }, rest: '{\n  "application_name": "x"\n}' });
    expect(JSON.parse(joinExtra(parts) ?? "")).toEqual({ sslmode: "***", application_name: "x" });
  });
  it("leaves out what is empty, and refuses what is no object", () => {
    expect(joinExtra({ fields: { sslmode: "" }, rest: " " })).toBe("");
    expect(joinExtra({ fields: {}, rest: "[1]" })).toBeUndefined();
    expect(joinExtra({ fields: {}, rest: "{" })).toBeUndefined();
  });
  it("shows all fields of a kind that nobody described", () => {
    expect(Object.keys(connectionType("teradata").fields)).toContain("host");
  });
});
