/** A box to place; sizes in pixels. */
export interface Sized {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Sized {
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

interface Spacing {
  /** Between boxes of a rank. */
  readonly node: number;
  /** Between ranks. */
  readonly rank: number;
}

const SWEEPS = 4;

/**
 * Places boxes in ranks so that edges lead from one rank to a later one, and boxes near those they are tied to. Edges that close a circle
 * (between groups) are passed over. The time grows with boxes and edges, not with their square: thousands take milliseconds.
 */
export function rankLayout(
  boxes: readonly Sized[],
  edges: readonly { readonly from: string; readonly to: string }[],
  options: { readonly direction: "LR" | "TB"; readonly spacing: Spacing },
): readonly Placed[] {
  const { direction, spacing } = options;
  const across = (box: Sized) => (direction === "LR" ? box.height : box.width);
  const along = (box: Sized) => (direction === "LR" ? box.width : box.height);
  const { ranks, before, after } = rankBoxes(boxes, edges);
  const centre = new Map<string, number>();
  const places = { spacing, across, centre };
  spread(ranks, places, () => undefined);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    const ties = isForward ? before : after;
    const wish = (id: string) => mean((ties.get(id) ?? []).map((other) => centre.get(other)).filter((at) => at !== undefined));
    spread(isForward ? ranks : ranks.toReversed(), places, wish);
  }
  const lowest = Math.min(0, ...boxes.map((box) => (centre.get(box.id) ?? 0) - across(box) / 2));
  const placed: Placed[] = [];
  let start = 0;
  for (const rank of ranks) {
    const depth = Math.max(...rank.map(along));
    for (const box of rank) {
      const main = start + (depth - along(box)) / 2;
      const side = (centre.get(box.id) ?? 0) - across(box) / 2 - lowest;
      placed.push({ ...box, x: direction === "LR" ? main : side, y: direction === "LR" ? side : main });
    }
    start += depth + spacing.rank;
  }
  return placed;
}

/** The longest way from a box without predecessors says the rank. */
function rankBoxes(boxes: readonly Sized[], edges: readonly { readonly from: string; readonly to: string }[]) {
  const known = new Map(boxes.map((box) => [box.id, box]));
  const outgoing = Map.groupBy(
    edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to)),
    (edge) => edge.from,
  );
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  const circular = new Set<object>();
  for (const { id } of boxes) visit(id);
  const rankOf = new Map<string, number>();
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const id of order.toReversed()) {
    const rank = rankOf.get(id) ?? 0;
    rankOf.set(id, rank);
    for (const edge of outgoing.get(id) ?? []) {
      if (circular.has(edge)) continue;
      rankOf.set(edge.to, Math.max(rankOf.get(edge.to) ?? 0, rank + 1));
      before.set(edge.to, [...(before.get(edge.to) ?? []), id]);
      after.set(id, [...(after.get(id) ?? []), edge.to]);
    }
  }
  const ranks: Sized[][] = [];
  for (const box of boxes) (ranks[rankOf.get(box.id) ?? 0] ??= []).push(box);
  return { ranks: ranks.filter((rank) => rank !== undefined), before, after };

  /** Depth first without recursion: a chain of thousands must not end the stack. */
  function visit(root: string): void {
    if (state.has(root)) return;
    const path = [{ id: root, next: 0 }];
    state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = (outgoing.get(top.id) ?? [])[top.next++];
      if (edge === undefined) {
        state.set(top.id, "done");
        order.push(top.id);
        path.pop();
      } else if (state.get(edge.to) === "open") circular.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        path.push({ id: edge.to, next: 0 });
      }
    }
  }
}

interface Places {
  readonly spacing: Spacing;
  /** Size of a box across the ranks. */
  readonly across: (box: Sized) => number;
  /** Where the middle of each box lies across the ranks. */
  readonly centre: Map<string, number>;
}

/** Gives each box of each rank a centre as near to its wish as the boxes beside it allow. */
function spread(ranks: readonly Sized[][], { spacing, across, centre }: Places, wish: (id: string) => number | undefined): void {
  for (const rank of ranks) {
    const wished = rank.map((box, index) => ({
      box,
      index,
      at: wish(box.id) ?? centre.get(box.id) ?? index * (across(box) + spacing.node),
    }));
    wished.sort((a, b) => a.at - b.at || a.index - b.index);
    // Pushed apart from the first to the last, then moved back as a whole by what that moved them on average.
    let edge = Number.NEGATIVE_INFINITY;
    let moved = 0;
    for (const one of wished) {
      const half = across(one.box) / 2;
      const at = Math.max(one.at, edge + half);
      moved += at - one.at;
      centre.set(one.box.id, at);
      edge = at + half + spacing.node;
    }
    const back = moved / Math.max(1, wished.length);
    for (const { box } of wished) centre.set(box.id, (centre.get(box.id) ?? 0) - back);
    rank.splice(0, rank.length, ...wished.map((one) => one.box));
  }
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
