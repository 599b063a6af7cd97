import { assetsOfCondition, type DagSpec, type TaskSpec } from "@polyflow/contracts";
import type { UiGroup, UiStructure } from "@polyflow/contracts/wire";
import { wireJson } from "../http/wire-json.ts";

/** A DAG as a graph: its tasks, and an edge from each upstream task. */
export function structureView(spec: DagSpec, versionNumber: number): UiStructure {
  const assets = [...inputsView(spec), ...outputsView(spec)];
  return {
    ...(assets.length === 0 ? {} : { assets }),
    version_number: versionNumber,
    nodes: spec.tasks.map((task) => ({
      task_id: task.taskId,
      label: task.displayName ?? task.taskId,
      operator: task.operator,
      details: wireJson(task.details),
      doc_md: task.docMd ?? null,
      trigger_rule: task.triggerRule,
      retries: task.retries,
      group_id: task.groupId ?? null,
      role: task.role ?? null,
      is_mapped: task.mapping !== undefined || isInMappedGroup(spec, task.groupId),
    })),
    edges: spec.tasks.flatMap((task) => {
      const givers = dataGivers(task);
      return task.upstream.map((from) => ({ from, to: task.taskId, data: givers.has(from), label: task.upstreamLabels?.[from] ?? null }));
    }),
    groups: groupsView(spec),
  };
}

type UiAsset = NonNullable<UiStructure["assets"]>[number];

/** What the schedule waits for and what tasks use. */
function inputsView({ schedule, tasks }: DagSpec): readonly UiAsset[] {
  const starting = schedule.kind === "asset" || schedule.kind === "asset_or_time" ? assetsOfCondition(schedule.condition) : [];
  const startNames = new Set(starting.map((asset) => asset.name));
  const users = tasksByAsset(tasks, (task) => task.inlets);
  return [...new Set([...startNames, ...users.keys()])].map((name) => ({
    name,
    side: "input",
    task_ids: users.get(name) ?? [],
    starts_runs: startNames.has(name),
  }));
}

function outputsView({ tasks }: DagSpec): readonly UiAsset[] {
  return [...tasksByAsset(tasks, (task) => task.outlets)].map(([name, taskIds]) => ({
    name,
    side: "output",
    task_ids: taskIds,
    starts_runs: false,
  }));
}

function tasksByAsset(tasks: readonly TaskSpec[], assetsOf: (task: TaskSpec) => TaskSpec["outlets"]): ReadonlyMap<string, string[]> {
  const taskIds = new Map<string, string[]>();
  for (const task of tasks) {
    for (const name of new Set(assetsOf(task)?.map((asset) => asset.name))) taskIds.set(name, [...(taskIds.get(name) ?? []), task.taskId]);
  }
  return taskIds;
}

/** Tasks whose output this one takes. */
function dataGivers(task: TaskSpec): ReadonlySet<string> {
  const givers = new Set<string>();
  for (const input of Object.values(task.inputs)) if (input.kind === "output") givers.add(input.taskId);
  return givers;
}

/** Groups with those around them; of a spec without a list of them those that its tasks name. */
export function groupsView(spec: DagSpec): UiGroup[] {
  const listed = (spec.groups ?? []).map(({ groupId, parentId, label }) => ({
    group_id: groupId,
    parent_id: parentId ?? null,
    label: label ?? groupId,
  }));
  const known = new Set(listed.map((group) => group.group_id));
  const named = new Set(spec.tasks.map((task) => task.groupId).filter((groupId) => groupId !== undefined));
  return [
    ...listed,
    ...[...named].filter((groupId) => !known.has(groupId)).map((groupId) => ({ group_id: groupId, parent_id: null, label: groupId })),
  ];
}

function isInMappedGroup(spec: DagSpec, groupId: string | undefined): boolean {
  const group = spec.groups?.find((one) => one.groupId === groupId);
  return group !== undefined && (group.mapping !== undefined || isInMappedGroup(spec, group.parentId));
}
