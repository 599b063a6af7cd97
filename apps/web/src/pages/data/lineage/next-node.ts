import type { Box } from "../../../graph/layout.ts";
import type { ShownEdge } from "./lineage-view.ts";

interface Picture {
  readonly edges: readonly ShownEdge[];
  readonly placed: ReadonlyMap<string, Box>;
}

/** Where an arrow key leads: to the left and right along the edges, up and down to the nearest box of the same rank. */
export function nextNode(at: string, key: string, { edges, placed }: Picture): string | undefined {
  const here = placed.get(at);
  if (here === undefined) return undefined;
  const boxes = (ids: readonly string[]) => ids.flatMap((id) => placed.get(id) ?? []);
  const nearest = (candidates: readonly Box[]) => candidates.toSorted((a, b) => distance(a, here) - distance(b, here))[0]?.id;
  if (key === "ArrowRight") return nearest(boxes(edges.filter(({ from }) => from === at).map(({ to }) => to)));
  if (key === "ArrowLeft") return nearest(boxes(edges.filter(({ to }) => to === at).map(({ from }) => from)));
  const others = [...placed.values()].filter((box) => Math.abs(box.x - here.x) < here.width);
  if (key === "ArrowDown") return nearest(others.filter((box) => box.y > here.y));
  if (key === "ArrowUp") return nearest(others.filter((box) => box.y < here.y));
  return undefined;
}

function distance(a: Box, b: Box): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
