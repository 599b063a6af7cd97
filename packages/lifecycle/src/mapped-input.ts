import { type DagSpec, type JsonValue, mappedGroupsOf, UNMAPPED } from "@polyflow/contracts";
import type { MappedInput } from "@polyflow/contracts/wire";
import { mappedElements } from "./map-elements.ts";

/** Which instance of which task. */
export interface MappedInstance {
  readonly taskId: string;
  readonly mapIndex: number;
  /** Outputs over which the task, or its group, is mapped, by task id. */
  readonly mapOutputs: { readonly [taskId: string]: JsonValue };
}

/** What an instance of a mapped task gets beside its other inputs; undefined for a task that is not mapped. */
export function mappedInputOf(spec: Pick<DagSpec, "groups" | "tasks">, instance: MappedInstance): MappedInput | undefined {
  const { taskId, mapIndex, mapOutputs } = instance;
  const task = spec.tasks.find((candidate) => candidate.taskId === taskId);
  const mapping = task?.mapping ?? mappedGroupsOf(spec).get(taskId)?.mapping;
  if (task === undefined || mapping === undefined || mapIndex === UNMAPPED) return undefined;
  const found = mappedElements(mapping, mapIndex, new Map(Object.entries(mapOutputs)));
  if (found === undefined) return { elements: {}, calls: [], inputs: {}, isMissing: true };
  const { values, kwargs, calls } = found;
  const inputs: [string, MappedInput["inputs"][string]][] =
    task.mapping !== undefined
      ? Object.keys(values).map((name) => [name, { element: name, path: [] }])
      : Object.entries(task.inputs).flatMap(([name, input]) =>
          input.kind === "element" ? [[name, { element: input.name, path: [...(input.path ?? [])] }]] : [],
        );
  return {
    elements: { ...values },
    ...(kwargs === undefined ? {} : { kwargs }),
    calls: calls.map((call) => ({ ...call, path: [...call.path] })),
    inputs: Object.fromEntries(inputs),
  };
}
