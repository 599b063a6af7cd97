import type { DagSpec, GroupSpec } from "./dag-spec.ts";

/** By task: the mapped group that it is in; tasks outside of such groups are not in the map. */
export function mappedGroupsOf({ groups = [], tasks }: Pick<DagSpec, "groups" | "tasks">): ReadonlyMap<string, GroupSpec> {
  const mapped = new Map<string, GroupSpec>();
  if (!groups.some((group) => group.mapping !== undefined)) return mapped;
  const byId = new Map(groups.map((group) => [group.groupId, group]));
  for (const { taskId, groupId } of tasks) {
    for (let group = byId.get(groupId ?? ""); group !== undefined; group = byId.get(group.parentId ?? "")) {
      if (group.mapping !== undefined) mapped.set(taskId, group);
    }
  }
  return mapped;
}
