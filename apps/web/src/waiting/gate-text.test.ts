import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import type { Waiting } from "../api/task-actions.ts";
import type { Format } from "../format/format-provider.tsx";
import { GATE_NAMES, gateText } from "./gate-text.ts";

/** The gates as the source of the decisions names them; the interface may not import that room. */
const GATES = join(import.meta.dirname, "../../../../packages/lifecycle/src/gates.ts");
const gates = [...readFileSync(GATES, "utf8").matchAll(/^ {4}gate: "(\w+)"/gm)].map(([, gate]) => gate ?? "");

const facts: Waiting["facts"] = {
  trigger_rule: "all_success",
  upstream: { total: 1, success: 0, failed: 0, skipped: 0 },
  run_state: "running",
  active_runs: 1,
  max_active_runs: 1,
  active_tasks: 1,
  max_active_tasks: 1,
  next_retry_at: null,
  pool: null,
  pool_slots: 1,
  active: 1,
  parallelism: 1,
};
const t = ((text: string) => text) as TFunction;

describe("C2: why a task waits, in the reader's language", () => {
  it("finds the gates", () => {
    expect(gates.length).toBeGreaterThan(10);
  });

  it.each(gates)("the gate %s has a name and a sentence of the catalogue", (gate) => {
    expect(Object.keys(GATE_NAMES)).toContain(gate);
    expect(gateText(gate, facts, { t, format: {} as Format })).toMatch(/\w/);
  });
});
