import type { DagSpec } from "@polyflow/contracts";
import { checkId, DagDraft, describeWithin } from "./dag-draft.ts";
import { dagCallbacks } from "./dag-callbacks.ts";
import { DAG_OPTIONS, type DagOptions } from "./dag-options.ts";
import { buildSpec } from "./dag-spec.ts";
import { within } from "./invalid-dag.ts";
import { checkKnown, checkText } from "./option-checks.ts";
import { areSpecsNeeded, registerDag } from "./runtime/collect-dags.ts";
import type { DagDefinition, TaskDefinition } from "./runtime/definition.ts";
import { timetableOf } from "./schedule.ts";
import { captureTrace } from "./source-location.ts";
import { checkDefaults } from "./task-options.ts";
import type { Timetable } from "./timetable.ts";

const DEFAULT_OWNER = "polyflow";
const LONGEST_OWNER = 250;

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
  checkId("DAG", options.id);
  const definition = within(`DAG "${options.id}"`, () => {
    checkKnown(options, DAG_OPTIONS);
    const defaults = options.defaults ?? {};
    checkDefaults(defaults);
    const owner = options.owner === undefined ? DEFAULT_OWNER : checkText("owner", options.owner, LONGEST_OWNER);
    const draft = new DagDraft(options.id, defaults, owner);
    describeWithin(draft, describe);
    const tasks = [...draft.tasks.values()].map(({ taskId, code }): [string, TaskDefinition] => [taskId, { taskId, ...code }]);
    return define(options.id, new Map(tasks), {
      timetable: timetableOf(options.schedule),
      callbacks: dagCallbacks(options),
      build: () => buildSpec(options, draft, owner),
    });
  });
  registerDag(definition, trace);
  return definition;
}

/** The definition; a task process, which runs what was published long ago, gets on without the spec. */
function define(
  dagId: string,
  tasks: DagDefinition["tasks"],
  {
    timetable,
    callbacks,
    build,
  }: {
    readonly timetable: Timetable | undefined;
    readonly callbacks: Pick<DagDefinition, "callbacks" | "onMiss">;
    readonly build: () => DagSpec;
  },
): DagDefinition {
  let spec = areSpecsNeeded() ? build() : undefined;
  return {
    dagId,
    tasks,
    ...(timetable === undefined ? {} : { timetable }),
    ...callbacks,
    get spec() {
      spec ??= build();
      return spec;
    },
  };
}
