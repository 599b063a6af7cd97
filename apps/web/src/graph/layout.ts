import { graphlib, layout } from "@dagrejs/dagre";

export const NODE_WIDTH = 192;
export const NODE_HEIGHT = 56;
const GROUP_TITLE_HEIGHT = 18;

/** What the layout needs to know of a DAG. */
export interface GraphShape {
  readonly nodes: readonly { readonly task_id: string; readonly group_id: string | null }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** A box in pixels; `x` and `y` are its upper left corner. */
export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Keeps ids of groups apart from ids of tasks. */
const groupKey = (group: string) => `group ${group}`;

/**
 * Places tasks in ranks so that every edge points the same way; tasks of a group lie within the group's box.
 * @param direction `LR`: left to right; `TB`: top to bottom, for narrow screens
 */
export function layoutGraph(
  shape: GraphShape,
  direction: "LR" | "TB",
): { readonly tasks: readonly Box[]; readonly groups: readonly Box[] } {
  const graph = new graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: direction, nodesep: 22, ranksep: direction === "LR" ? 60 : 48, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const groups = [...new Set(shape.nodes.map((node) => node.group_id).filter((group) => group !== null))];
  for (const group of groups) graph.setNode(groupKey(group), {});
  for (const node of shape.nodes) {
    graph.setNode(node.task_id, { width: NODE_WIDTH, height: NODE_HEIGHT });
    if (node.group_id !== null) graph.setParent(node.task_id, groupKey(node.group_id));
  }
  const known = new Set(shape.nodes.map((node) => node.task_id));
  for (const edge of shape.edges) if (known.has(edge.from) && known.has(edge.to)) graph.setEdge(edge.from, edge.to);
  layout(graph);
  const box = (id: string, key: string): Box => {
    const placed = graph.node(key);
    const { width = NODE_WIDTH, height = NODE_HEIGHT, x = 0, y = 0 } = placed;
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  };
  const frame = (group: string): Box => {
    const inner = box(group, groupKey(group));
    return { ...inner, y: inner.y - GROUP_TITLE_HEIGHT, height: inner.height + GROUP_TITLE_HEIGHT };
  };
  return { tasks: shape.nodes.map((node) => box(node.task_id, node.task_id)), groups: groups.map(frame) };
}
