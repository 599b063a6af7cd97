export { runDag } from "./run-dag.ts";
export type { ConnectionValues, RunDagOptions } from "./run-dag-options.ts";
export type { DagTestRun, TaskTestRun } from "./dag-test-run.ts";
