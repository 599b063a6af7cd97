import { graphlib, layout } from "@dagrejs/dagre";
import { type VisibleGraph, groupNodeId } from "./collapse.ts";
import { type Placed, rankLayout, type Sized } from "./rank-layout.ts";

const NODE_WIDTH = 192;
const NODE_HEIGHT = 56;
const FRAME_PADDING = 14;
/** Large enough to hit when the graph is drawn at half its size. */
const FRAME_TITLE = 46;
/** Up to this many boxes in all dagre places them, more beautifully; its time grows faster than their number. */
const DAGRE_LIMIT = 200;

export type Direction = "LR" | "TB";
export type Box = Placed;

/**
 * Places boxes in ranks so that edges point the same way. Each open group is laid out by itself and stands as one box in the level above,
 * so that its tasks lie together.
 * @param direction `LR`: left to right; `TB`: top to bottom, for narrow screens
 */
export function layoutGraph(
  graph: VisibleGraph,
  direction: Direction,
): { readonly nodes: readonly Box[]; readonly frames: readonly Box[] } {
  const nodes: Box[] = [];
  const frames: Box[] = [];
  const levels = Map.groupBy(graph.nodes, (node) => node.parent);
  const inner = Map.groupBy(graph.frames, (frame) => frame.parent);
  const parentOf = new Map<string, string | null>([
    ...graph.nodes.map((node) => [node.id, node.parent] as const),
    ...graph.frames.map((frame) => [groupNodeId(frame.id), frame.parent] as const),
  ]);
  const edgesOf = Map.groupBy(
    graph.edges.flatMap((edge) => levelEdge(edge, parentOf)),
    (edge) => edge.level,
  );

  /** Places a level with its corner at 0, 0; answers its size and how to move what lies in it to its place. */
  function place(level: string | null): { readonly width: number; readonly height: number; readonly move: (x: number, y: number) => void } {
    const within = (inner.get(level) ?? []).map((frame) => ({ frame, content: place(frame.id) }));
    const boxes: Sized[] = [
      ...(levels.get(level) ?? []).map((node) => ({ id: node.id, width: NODE_WIDTH, height: NODE_HEIGHT })),
      ...within.map(({ frame, content }) => ({
        id: groupNodeId(frame.id),
        width: content.width + 2 * FRAME_PADDING,
        height: content.height + FRAME_TITLE + FRAME_PADDING,
      })),
    ];
    const placed = placeBoxes(boxes, edgesOf.get(level) ?? [], { direction, isCrowd: graph.nodes.length > DAGRE_LIMIT });
    const contents = new Map(within.map(({ frame, content }) => [groupNodeId(frame.id), { frame, content }]));
    return {
      width: Math.max(0, ...placed.map((box) => box.x + box.width)),
      height: Math.max(0, ...placed.map((box) => box.y + box.height)),
      move(x, y) {
        for (const box of placed) {
          const group = contents.get(box.id);
          const at = { ...box, x: box.x + x, y: box.y + y };
          if (group === undefined) nodes.push(at);
          else {
            frames.push({ ...at, id: group.frame.id });
            group.content.move(at.x + FRAME_PADDING, at.y + FRAME_TITLE);
          }
        }
      },
    };
  }
  place(null).move(0, 0);
  return { nodes, frames };
}

/** An edge as the innermost level sees it that both ends lie in: between the boxes of that level. */
function levelEdge(edge: { readonly from: string; readonly to: string }, parentOf: ReadonlyMap<string, string | null>) {
  const path = (id: string): readonly (readonly [level: string | null, box: string])[] => {
    const steps: (readonly [string | null, string])[] = [];
    for (let box = id, parent = parentOf.get(id); parent !== undefined; box = groupNodeId(parent), parent = parentOf.get(box)) {
      steps.push([parent, box]);
      if (parent === null) break;
    }
    return steps;
  };
  const targets = new Map(path(edge.to));
  for (const [level, from] of path(edge.from)) {
    const to = targets.get(level);
    if (to !== undefined) return from === to ? [] : [{ level, from, to }];
  }
  return [];
}

type LevelEdge = { readonly from: string; readonly to: string };

interface Placing {
  readonly direction: Direction;
  readonly isCrowd: boolean;
}

/** Places the boxes of one level in ranks; a crowd by a faster way that is less beautiful. */
export function placeBoxes(boxes: readonly Sized[], edges: readonly LevelEdge[], { direction, isCrowd }: Placing): readonly Placed[] {
  const spacing = { node: 22, rank: direction === "LR" ? 60 : 48 };
  if (isCrowd) return rankLayout(boxes, edges, { direction, spacing });
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: direction, nodesep: spacing.node, ranksep: spacing.rank });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  return boxes.map((box) => {
    const { x = 0, y = 0 } = graph.node(box.id);
    return { ...box, x: x - box.width / 2, y: y - box.height / 2 };
  });
}
