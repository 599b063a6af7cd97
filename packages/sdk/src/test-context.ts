import { PolyflowError } from "@polyflow/contracts";
import type { TaskContext } from "./task-context.ts";

/** A context for tests of single tasks, and the lines that they log, each with its level before it. */
export function createTestContext(given: Partial<TaskContext> = {}): { readonly context: TaskContext; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const writer = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const absent = (what: string) => () => Promise.reject(new Error(`the test gives no ${what}`));
  const context: TaskContext = {
    dagId: "test",
    runId: "run_1",
    taskId: "run",
    mapIndex: -1,
    tryNumber: 1,
    runType: "manual",
    logicalDate: new Date("2026-01-01T00:00:00Z"),
    dataIntervalStart: undefined,
    dataIntervalEnd: undefined,
    runAfter: new Date("2026-01-01T00:00:00Z"),
    params: {},
    conf: {},
    projectDir: "/",
    log: { debug: writer("debug"), info: writer("info"), warning: writer("warning"), error: writer("error") },
    signal: new AbortController().signal,
    wait: undefined,
    now: () => new Date("2026-01-01T00:00:00Z"),
    sleep: absent("sleep"),
    connection: (id) => Promise.reject(new PolyflowError("connection_not_found", `There is no connection "${id}".`)),
    variable: absent("variable"),
    sql: absent("sql"),
    files: absent("files"),
    extract: absent("extract"),
    bulk: absent("bulk"),
    details: absent("details"),
    dags: { trigger: absent("other DAGs"), find: absent("other DAGs") },
    reportLoad: absent("reportLoad"),
    xcom: { push: absent("xcom"), pull: async () => undefined },
    triggeringAssetEvents: {},
    updateAsset: () => undefined,
    inletEvents: async () => [],
    ...given,
  };
  return { context, lines };
}
