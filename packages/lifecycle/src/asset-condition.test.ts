import type { AssetCondition } from "@polyflow/contracts";
import { describe, expect, test } from "vitest";
import { describeCondition, isConditionMet } from "./asset-condition.ts";

const named = (name: string): AssetCondition => ({ kind: "asset", name, uri: name, group: "asset", extra: {} });
const condition: AssetCondition = {
  kind: "all",
  of: [named("orders"), { kind: "any", of: [named("customers"), { kind: "alias", name: "regions", group: "asset" }] }],
};

describe("conditions of assets (A12)", () => {
  test.each([
    [["orders"], [], false],
    [["orders", "customers"], [], true],
    [["orders"], ["regions"], true],
    [["customers"], ["regions"], false],
    [["orders", "other"], ["other"], false],
  ])("assets %j and aliases %j: %s", (assets, aliases, met) => {
    expect(isConditionMet(condition, { assets: new Set(assets), aliases: new Set(aliases) })).toBe(met);
  });

  test("as people read them", () => expect(describeCondition(condition)).toBe("orders and (customers or regions)"));
});
