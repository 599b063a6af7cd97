import type { GroupSpec, MappingSpec } from "@polyflow/contracts";
import type { ElementFunction } from "./mapping-reader.ts";
import type { TaskSettings } from "./task-options.ts";

/** A group while its DAG is described. */
export interface GroupDraft {
  readonly groupId: string;
  readonly parent: GroupDraft | undefined;
  readonly label?: string;
  readonly tooltip?: string;
  /** Whether ids of what is inside begin with the group's. */
  readonly prefix: boolean;
  /** Settings of all tasks inside, those of outer groups below them. */
  readonly defaults: TaskSettings;
  readonly mapping?: MappingSpec;
  /** That the group's mapping names. */
  readonly functions: readonly ElementFunction[];
  /** Tasks over whose outputs the group is mapped. */
  readonly sources: ReadonlySet<string>;
}

/** The id that something inside of the group gets. */
export function idWithin(group: GroupDraft | undefined, id: string): string {
  return group?.prefix === true ? `${group.groupId}.${id}` : group === undefined ? id : idWithin(group.parent, id);
}

/** The mapped group that encloses, if any. */
export function mappedGroupOf(group: GroupDraft | undefined): GroupDraft | undefined {
  return group === undefined || group.mapping !== undefined ? group : mappedGroupOf(group.parent);
}

export function isInside(group: GroupDraft | undefined, outer: GroupDraft): boolean {
  return group === outer || (group !== undefined && isInside(group.parent, outer));
}

export function groupSpec({ groupId, parent, label, tooltip, mapping }: GroupDraft): GroupSpec {
  return {
    groupId,
    ...(parent === undefined ? {} : { parentId: parent.groupId }),
    ...(label === undefined ? {} : { label }),
    ...(tooltip === undefined ? {} : { tooltip }),
    ...(mapping === undefined ? {} : { mapping }),
  };
}
