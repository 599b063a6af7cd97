export { fakeClock } from "./fake-clock.ts";
export { runDag } from "./run-dag.ts";
export { runTaskOnce, type RunTaskOptions } from "./run-task-once.ts";
export type { ConnectionValues, RunDagOptions } from "./run-dag-options.ts";
export type { CallbackTestRun, DagTestRun, TaskTestRun } from "./dag-test-run.ts";
