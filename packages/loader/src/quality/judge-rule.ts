import type { RuleResult } from "@polyflow/contracts";
import type { QualityRule, RuleOperator } from "@polyflow/metadata-model";
import type { Measurement } from "./rule-context.ts";

/** Holds what was measured against what it must be. */
export function judgeRule(rule: QualityRule, measurement: Measurement): RuleResult {
  const actual = measurement.value;
  // without history there is nothing to compare with, and that is nobody's fault
  const passed = measurement.note === NO_HISTORY || satisfies(rule.operator, actual);
  return {
    name: rule.name,
    metric: rule.metric,
    ...(rule.column === undefined ? {} : { column: rule.column }),
    severity: rule.severity,
    status: passed ? "passed" : rule.severity === "error" ? "failed" : "warned",
    expected: describe(rule.operator, rule.unit),
    actual,
    unit: rule.unit,
    ...(measurement.note === undefined ? {} : { note: measurement.note }),
  };
}

/** Note of a rule that compares with earlier loads when there are not enough of them. */
export const NO_HISTORY = "not enough earlier loads to compare with";

function satisfies(operator: RuleOperator, actual: number): boolean {
  switch (operator.kind) {
    case "mustBe":
      return actual === operator.value;
    case "mustNotBe":
      return actual !== operator.value;
    case "mustBeGreaterThan":
      return actual > operator.value;
    case "mustBeGreaterOrEqualTo":
      return actual >= operator.value;
    case "mustBeLessThan":
      return actual < operator.value;
    case "mustBeLessOrEqualTo":
      return actual <= operator.value;
    case "mustBeBetween":
      return actual >= operator.from && actual <= operator.to;
    case "mustNotBeBetween":
      return actual < operator.from || actual > operator.to;
  }
}

const SIGNS = {
  mustBe: "=",
  mustNotBe: "≠",
  mustBeGreaterThan: ">",
  mustBeGreaterOrEqualTo: "≥",
  mustBeLessThan: "<",
  mustBeLessOrEqualTo: "≤",
  mustBeBetween: "between",
  mustNotBeBetween: "not between",
} as const;

function describe(operator: RuleOperator, unit: QualityRule["unit"]): string {
  const sign = SIGNS[operator.kind];
  const suffix = unit === "percent" ? " %" : unit === "hours" ? " h" : "";
  return "value" in operator ? `${sign} ${operator.value}${suffix}` : `${sign} ${operator.from} and ${operator.to}${suffix}`;
}

/** A share of all rows, in percent. */
export function percentOf(count: number, rowCount: number): number {
  return rowCount === 0 ? 0 : Math.round((count / rowCount) * 1_000_000) / 10_000;
}
