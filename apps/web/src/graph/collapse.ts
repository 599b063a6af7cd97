import type { UiStructure } from "../api/dags.ts";

/** What the graph shows while some groups are closed: such a group is one box, its edges are those of its tasks. */
export interface VisibleGraph {
  readonly nodes: readonly VisibleNode[];
  readonly edges: readonly VisibleEdge[];
  /** Groups that are open, outer ones first. */
  readonly frames: readonly { readonly id: string; readonly label: string; readonly parent: string | null }[];
}

export interface VisibleNode {
  readonly id: string;
  readonly kind: "task" | "group" | "asset";
  /** The open group that it lies in. */
  readonly parent: string | null;
  /** The task itself, or all tasks of a closed group. */
  readonly taskIds: readonly string[];
}

export interface VisibleEdge {
  readonly from: string;
  readonly to: string;
  readonly data: boolean;
  readonly label: string | null;
}

/** Beyond this many tasks groups are closed until somebody opens them. */
const CROWD = 120;

/** Groups that are closed to begin with. */
export function closedAtFirst(structure: UiStructure): ReadonlySet<string> {
  return new Set(structure.nodes.length > CROWD ? structure.groups.map((group) => group.group_id) : []);
}

export const groupNodeId = (groupId: string): string => `group ${groupId}`;

export function collapse(structure: UiStructure, closed: ReadonlySet<string>): VisibleGraph {
  const parents = new Map(structure.groups.map((group) => [group.group_id, group.parent_id]));
  const shownAs = (groupId: string | null): string | null => {
    // The outermost closed group that something lies in.
    let found: string | null = null;
    for (let at: string | null | undefined = groupId; at != null; at = parents.get(at)) if (closed.has(at)) found = at;
    return found;
  };
  const nodes = new Map<string, VisibleNode>();
  const nodeOf = new Map<string, string>();
  for (const task of structure.nodes) {
    const group = shownAs(task.group_id);
    const id = group === null ? task.task_id : groupNodeId(group);
    nodeOf.set(task.task_id, id);
    const known = nodes.get(id);
    const parent = group === null ? task.group_id : (parents.get(group) ?? null);
    const taskIds = [...(known?.taskIds ?? []), task.task_id];
    nodes.set(id, { id, kind: group === null ? "task" : "group", parent, taskIds });
  }
  const frames = structure.groups
    .filter((group) => shownAs(group.group_id) === null)
    .map((group) => ({ id: group.group_id, label: group.label, parent: group.parent_id }));
  const assets = assetBoxes(structure, nodeOf);
  return { nodes: [...nodes.values(), ...assets.nodes], edges: [...visibleEdges(structure, nodeOf), ...assets.edges], frames };
}

/** Assets beside the tasks: what they use and what starts runs before them, what they update behind. */
function assetBoxes(structure: UiStructure, nodeOf: ReadonlyMap<string, string>) {
  const followers = new Set(structure.edges.map((edge) => edge.to));
  const first = structure.nodes.map((task) => task.task_id).filter((taskId) => !followers.has(taskId));
  const nodes: VisibleNode[] = [];
  const edges: VisibleEdge[] = [];
  for (const asset of structure.assets ?? []) {
    const id = assetNodeId(asset);
    nodes.push({ id, kind: "asset", parent: null, taskIds: [] });
    const touched = new Set([...asset.task_ids, ...(asset.starts_runs ? first : [])].map((taskId) => nodeOf.get(taskId)));
    for (const node of touched) {
      if (node === undefined) continue;
      edges.push({ ...(asset.side === "input" ? { from: id, to: node } : { from: node, to: id }), data: true, label: null });
    }
  }
  return { nodes, edges };
}

export const assetNodeId = ({ name, side }: { readonly name: string; readonly side: string }): string => `${side} asset ${name}`;

/** Edges between what is shown; several between the same two are one. */
function visibleEdges(structure: UiStructure, nodeOf: ReadonlyMap<string, string>): readonly VisibleEdge[] {
  const edges = new Map<string, VisibleEdge>();
  for (const edge of structure.edges) {
    const from = nodeOf.get(edge.from);
    const to = nodeOf.get(edge.to);
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${from} ${to}`;
    const known = edges.get(key);
    edges.set(key, { from, to, data: edge.data || known?.data === true, label: edge.label ?? known?.label ?? null });
  }
  return [...edges.values()];
}
