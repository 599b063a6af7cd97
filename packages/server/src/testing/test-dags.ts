import { createHash } from "node:crypto";
import type { DagSpec, TaskSpec } from "@polyflow/contracts";
import { plainDag, plainTask, type TaskChanges } from "@polyflow/contracts/testing";
import type { ParsedFile } from "@polyflow/store";

export function testTask(taskId: string, changes: TaskChanges = {}): TaskSpec {
  return plainTask(taskId, { retryDelayMs: 1_000, owner: "team", ...changes });
}

export function testSpec(dagId: string, changes: Partial<DagSpec> = {}): DagSpec {
  const tasks = [
    testTask("extract"),
    testTask("load", { upstream: ["extract"], inputs: { rows: { kind: "output", taskId: "extract", path: ["rows"] } }, retries: 1 }),
  ];
  const plain = plainDag(dagId, tasks, {
    description: `What ${dagId} does`,
    owners: ["team"],
    tags: [`tag-of-${dagId}`],
    schedule: { kind: "cron", expressions: ["0 3 * * *"], timezone: "Europe/Moscow" },
    startDate: "2026-01-01T00:00:00.000Z",
    maxActiveRuns: 1000,
    maxActiveTasks: 1000,
    params: {
      type: "object",
      properties: { limit: { type: "integer", minimum: 1, default: 10 }, day: { type: "string", format: "date", default: "2026-01-01" } },
    },
  });
  return { ...plain, ...changes };
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
