import type { InputSpec, JsonObject, JsonValue } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { runParams } from "./run-params.ts";
import { resolveInputs } from "./task-inputs.ts";

describe("resolveInputs (A4)", () => {
  const outputs = new Map<string, JsonValue | undefined>([
    ["load", { count: 3, parts: [{ name: "a" }] }],
    ["nothing", undefined],
  ]);
  it.each<[string, InputSpec, JsonValue]>([
    ["a constant", { kind: "constant", value: [1] }, [1]],
    ["an output", { kind: "output", taskId: "load" }, { count: 3, parts: [{ name: "a" }] }],
    ["a part of an output", { kind: "output", taskId: "load", path: ["parts", "0", "name"] }, "a"],
    ["a path that leads nowhere", { kind: "output", taskId: "load", path: ["count", "x", "y"] }, null],
    ["what every object inherits", { kind: "output", taskId: "load", path: ["constructor"] }, null],
    ["a task that returned nothing", { kind: "output", taskId: "nothing" }, null],
    ["a task that did not run", { kind: "output", taskId: "skipped", path: ["a"] }, null],
  ])("%s", (_case, input, expected) => {
    expect(resolveInputs({ value: input }, outputs)).toEqual({ value: expected });
  });
});

describe("runParams (A3)", () => {
  const params: JsonObject = {
    type: "object",
    properties: { day: { type: "string", default: "sunday" }, zero: { default: 0 }, none: { type: "string" }, any: true },
  };
  it("lays the run's conf over the defaults of the DAG", () => {
    expect(runParams({ params }, {})).toEqual({ day: "sunday", zero: 0 });
    expect(runParams({ params }, { day: "monday", more: 1 })).toEqual({ day: "monday", zero: 0, more: 1 });
    expect(runParams({ params: {} }, { a: null })).toEqual({ a: null });
  });
});
