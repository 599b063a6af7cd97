import { type Box, type Direction, placeBoxes } from "../../../graph/layout.ts";
import type { Sized } from "../../../graph/rank-layout.ts";
import type { LineageView, ShownNode } from "./lineage-view.ts";

export const BOX_WIDTH = 224;
export const HEAD_HEIGHT = 58;
export const ROW_HEIGHT = 28;
/** Between pieces that nothing connects. */
const GAP = 48;
/** Width to height that the pieces are laid out for. */
const SHAPE = { LR: 1.8, TB: 0.6 } as const;

export function sizeOf({ node, columns, more }: ShownNode): Sized {
  const rows = columns.length + (more > 0 && columns.length > 0 ? 1 : 0);
  return { id: node.id, width: BOX_WIDTH, height: HEAD_HEIGHT + (rows === 0 ? 0 : rows * ROW_HEIGHT + 8) };
}

/** Places each connected piece by itself, then the pieces in lines beside each other, the largest first: 500 tables stay a picture, not a column. */
export function layoutLineage({ nodes, edges }: LineageView, direction: Direction): ReadonlyMap<string, Box> {
  const placed = new Map<string, Box>();
  const pieces = connectedPieces(nodes, edges).map((ids) => {
    const members = new Set(ids);
    const boxes = nodes.filter(({ node }) => members.has(node.id)).map(sizeOf);
    const inner = edges.filter((edge) => members.has(edge.from));
    const at = placeBoxes(boxes, inner, { direction, isCrowd: boxes.length > 80 });
    const width = Math.max(...at.map((box) => box.x + box.width));
    const height = Math.max(...at.map((box) => box.y + box.height));
    return { boxes: at, width, height };
  });
  const area = pieces.reduce((sum, piece) => sum + (piece.width + GAP) * (piece.height + GAP), 0);
  const lineWidth = Math.max(Math.sqrt(area * SHAPE[direction]), ...pieces.map((piece) => piece.width));
  let [x, y, lineHeight] = [0, 0, 0];
  for (const piece of pieces.toSorted((a, b) => b.height - a.height || b.width - a.width)) {
    if (x > 0 && x + piece.width > lineWidth) [x, y, lineHeight] = [0, y + lineHeight + GAP, 0];
    for (const box of piece.boxes) placed.set(box.id, { ...box, x: box.x + x, y: box.y + y });
    x += piece.width + GAP;
    lineHeight = Math.max(lineHeight, piece.height);
  }
  return placed;
}

function connectedPieces(nodes: LineageView["nodes"], edges: LineageView["edges"]): readonly (readonly string[])[] {
  const leader = new Map(nodes.map(({ node }) => [node.id, node.id]));
  const leaderOf = (id: string): string => {
    let at = id;
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up;
    leader.set(id, at);
    return at;
  };
  for (const { from, to } of edges) if (leader.has(from) && leader.has(to)) leader.set(leaderOf(from), leaderOf(to));
  return [...Map.groupBy([...leader.keys()], leaderOf).values()];
}
