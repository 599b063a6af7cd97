import { checkId, DagDraft, describeWithin } from "./dag-draft.ts";
import { DAG_OPTIONS, type DagOptions } from "./dag-options.ts";
import { buildSpec } from "./dag-spec.ts";
import { within } from "./invalid-dag.ts";
import { checkKnown } from "./option-checks.ts";
import { registerDag } from "./runtime/collect-dags.ts";
import type { DagDefinition, TaskDefinition } from "./runtime/definition.ts";
import { captureTrace } from "./source-location.ts";

/**
 * Describes a DAG: `describe` calls the tasks, and by that says which there are and in which order they run.
 * It runs whenever the file is read, so it should be quick, the same each time, and free of effects.
 *
 * @param idOrOptions id of the DAG, or its options
 * @throws PolyflowError `dag_invalid`, with the place in the author's file
 * @example
 * export const nightly = dag({ id: "nightly", schedule: "0 3 * * *", timezone: "Europe/Moscow", defaults: { retries: 1 } }, () => {
 *   const file = extract();
 *   const total = summarise({ rows: file.get("rows"), factor: 2 });
 *   total.before(bash({ id: "tidy", command: "rm -rf /tmp/nightly" }));
 * });
 */
export function dag(idOrOptions: string | DagOptions, describe: () => void): DagDefinition {
  const trace = captureTrace();
  const options: DagOptions = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
  checkId("DAG", options.id, trace);
  const draft = new DagDraft(options.id);
  const definition = within(`DAG "${options.id}"`, trace, () => {
    checkKnown(options, DAG_OPTIONS);
    describeWithin(draft, describe);
    const spec = buildSpec(options, draft);
    const tasks = [...draft.tasks.values()].map(({ taskId, execute }): [string, TaskDefinition] => [taskId, { taskId, execute }]);
    return { dagId: options.id, spec, tasks: new Map(tasks) };
  });
  registerDag(definition, trace);
  return definition;
}
