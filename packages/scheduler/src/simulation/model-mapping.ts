import { type ChangeEvent, type JsonValue, UNMAPPED } from "@polyflow/contracts";
import type { MapLengthFacts, MapLengthsRequest, MappedFactsRequest, TaskExpansion, TaskFacts, TaskFactsRequest } from "@polyflow/store";
import type { ModelTask } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";

/** Facts of a run, with counts where counts are asked for. */
export function modelTaskFacts(state: ModelState, { runKey, taskIds, mapped }: TaskFactsRequest): readonly TaskFacts[] {
  const tasks = state.tasksOfRun.get(runKey) ?? [];
  if (mapped !== undefined) {
    const byTask = Map.groupBy(tasks, (task) => task.spec.taskId);
    return mapped.flatMap((request) => mappedFacts(state, byTask.get(request.taskId) ?? [], request));
  }
  const wanted = taskIds === undefined ? undefined : new Set(taskIds);
  return tasks.filter((task) => wanted === undefined || wanted.has(task.spec.taskId)).map(factsOf);
}

/** Of an output as it is, of a mapped task the number of its outputs. */
export function modelMapLengths(state: ModelState, requests: readonly MapLengthsRequest[]): readonly MapLengthFacts[] {
  return requests.flatMap(({ runKey, outputs }) =>
    outputs.map(({ taskId, path }) => {
      const instances = (state.tasksOfRun.get(runKey) ?? []).filter((task) => task.spec.taskId === taskId);
      const isMapped = instances.some((task) => task.mapIndex !== UNMAPPED);
      const given = instances.flatMap((task) => (task.output === undefined ? [] : [task.output]));
      return { runKey, taskId, path, found: isMapped ? { kind: "length", length: given.length } : lengthOf(given[0]) };
    }),
  );
}

/** Gives a task, or the tasks of a group, their instances. */
export function expandModelTasks(state: ModelState, { runKey, taskIds, length, to }: TaskExpansion, events: ChangeEvent[]): void {
  const run = state.runs.get(runKey);
  if (run === undefined || run.state !== "running") return;
  for (const taskId of taskIds) {
    const present = (state.tasksOfRun.get(runKey) ?? []).filter((task) => task.spec.taskId === taskId);
    const [placeholder] = present.filter((task) => task.mapIndex === UNMAPPED);
    if (placeholder !== undefined && placeholder.state !== "none") continue;
    const [first] = present;
    if (first === undefined) continue;
    if (placeholder !== undefined) {
      placeholder.mapIndex = 0;
      if (to === "scheduled") events.push(state.setTaskState(placeholder, to));
    }
    const indexes = new Set(present.map((task) => task.mapIndex));
    for (let index = 0; index < length; index++) if (!indexes.has(index)) state.addTask(run, first.spec, index, to);
    for (const task of present) reshape(state, task, { length, events });
  }
}

function reshape(
  state: ModelState,
  task: ModelTask,
  { length, events }: { readonly length: number; readonly events: ChangeEvent[] },
): void {
  const isAtWork = ["queued", "running", "restarting", "removed"].includes(task.state);
  if (task.mapIndex >= length && !isAtWork) {
    task.nextRetryAt = null;
    events.push(state.setTaskState(task, "removed"));
  } else if (task.mapIndex < length && task.state === "removed") {
    task.output = undefined;
    events.push(state.setTaskState(task, "none"));
  }
}

function mappedFacts(state: ModelState, instances: readonly ModelTask[], request: MappedFactsRequest): readonly TaskFacts[] {
  switch (request.as) {
    case "each":
      return instances.map(factsOf);
    case "at":
      return instances.filter((task) => task.mapIndex === request.mapIndex || task.mapIndex === UNMAPPED).map(factsOf);
    case "open": {
      const isSingle = (task: ModelTask): boolean => task.mapIndex === UNMAPPED || task.state === "none";
      return [
        ...instances.filter(isSingle).map(factsOf),
        ...counted(
          state,
          instances.filter((task) => !isSingle(task)),
          false,
        ),
      ];
    }
    case "counted": {
      const isSingle = (task: ModelTask): boolean => task.mapIndex === UNMAPPED;
      return [
        ...instances.filter(isSingle).map(factsOf),
        ...counted(
          state,
          instances.filter((task) => !isSingle(task)),
          true,
        ),
      ];
    }
  }
}

function counted(state: ModelState, instances: readonly ModelTask[], isTotal: boolean): readonly TaskFacts[] {
  const groups = Map.groupBy(instances, (task) => `${task.state} ${task.skips?.join(" ") ?? ""}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const mapIndex = Math.max(...group.map((task) => task.mapIndex));
    return { ...factsOf(first), taskInstanceId: state.noTask(), mapIndex, count: group.length, isTotal };
  });
}

function factsOf({ taskInstanceId, spec, mapIndex, state, tryNumber, nextRetryAt, skips }: ModelTask): TaskFacts {
  return { taskInstanceId, taskId: spec.taskId, mapIndex, state, tryNumber, nextRetryAt, skips };
}

function lengthOf(output: JsonValue | undefined): MapLengthFacts["found"] {
  if (output === undefined || output === null) return { kind: "absent" };
  if (typeof output !== "object") return { kind: "unmappable", type: typeof output };
  return { kind: "length", length: Array.isArray(output) ? output.length : Object.keys(output).length };
}
