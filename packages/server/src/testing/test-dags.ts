import { createHash } from "node:crypto";
import type { DagSpec, TaskSpec } from "@polyflow/contracts";
import type { ParsedFile } from "@polyflow/store";

export function testTask(taskId: string, changes: Partial<TaskSpec> = {}): TaskSpec {
  return {
    taskId,
    operator: "function",
    upstream: [],
    inputs: {},
    details: {},
    triggerRule: "all_success",
    retries: 0,
    retryDelayMs: 1000,
    retryBackoff: 0,
    pool: "default_pool",
    poolSlots: 1,
    priorityWeight: 1,
    queue: "default",
    dependsOnPast: false,
    owner: "team",
    ...changes,
  };
}

export function testSpec(dagId: string, changes: Partial<DagSpec> = {}): DagSpec {
  return {
    format: 1,
    dagId,
    description: `What ${dagId} does`,
    owners: ["team"],
    tags: [`tag-of-${dagId}`],
    schedule: { kind: "cron", expressions: ["0 3 * * *"], timezone: "Europe/Moscow" },
    startDate: "2026-01-01T00:00:00.000Z",
    catchup: false,
    maxActiveRuns: 1000,
    maxActiveTasks: 1000,
    failFast: false,
    isPausedUponCreation: false,
    isolation: "process",
    params: {
      type: "object",
      properties: { limit: { type: "integer", minimum: 1, default: 10 }, day: { type: "string", format: "date", default: "2026-01-01" } },
    },
    tasks: [
      testTask("extract"),
      testTask("load", { upstream: ["extract"], inputs: { rows: { kind: "output", taskId: "extract", path: ["rows"] } }, retries: 1 }),
    ],
    ...changes,
  };
}

/** A file with the given DAGs, as the DAG processor publishes it. */
export function testFile(relativePath: string, specs: readonly DagSpec[]): ParsedFile {
  const code = `export const dags = ${JSON.stringify(specs.map((spec) => spec.dagId))};`;
  return {
    kind: "dags",
    bundleName: "main",
    relativePath,
    source: `// source of ${relativePath}\n`,
    bundle: {
      hash: createHash("sha256")
        .update(relativePath + code)
        .digest("hex"),
      code,
    },
    specs,
    parseDurationMs: 3,
  };
}
