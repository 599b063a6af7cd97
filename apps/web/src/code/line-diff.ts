export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  /** Numbers from 1; null where the side does not have the line. */
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * What turns one text into another, line by line, with as few lines taken out and put in as possible (Myers, 1986).
 * @example lineDiff("a\nb", "a\nc").map((line) => line.kind); // ["same", "removed", "added"]
 */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const steps = shortestWay(a, b);
  const lines: DiffLine[] = [];
  let x = 0;
  let y = 0;
  for (const step of steps) {
    if (step === "same") lines.push({ kind: step, text: a[x] ?? "", before: ++x, after: ++y });
    else if (step === "removed") lines.push({ kind: step, text: a[x] ?? "", before: ++x, after: null });
    else lines.push({ kind: step, text: b[y] ?? "", before: null, after: ++y });
  }
  return lines;
}

/** For each number of changes the furthest place reached on each diagonal; then back along the way that arrived first. */
function shortestWay(a: readonly string[], b: readonly string[]): readonly DiffLine["kind"][] {
  const most = a.length + b.length;
  const reached: ReadonlyMap<number, number>[] = [];
  let furthest = new Map<number, number>([[1, 0]]);
  for (let changes = 0; changes <= most; changes++) {
    reached.push(furthest);
    const next = new Map(furthest);
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = takesFromAbove(next, diagonal, changes) ? (next.get(diagonal + 1) ?? 0) : (next.get(diagonal - 1) ?? 0) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return wayBack(reached, changes, { x: a.length, y: b.length });
    }
    furthest = next;
  }
  return [];
}

function takesFromAbove(furthest: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean {
  return diagonal === -changes || (diagonal !== changes && (furthest.get(diagonal - 1) ?? 0) < (furthest.get(diagonal + 1) ?? 0));
}

function wayBack(reached: readonly ReadonlyMap<number, number>[], changes: number, end: { readonly x: number; readonly y: number }) {
  const steps: DiffLine["kind"][] = [];
  let { x, y } = end;
  for (let left = changes; left >= 0; left--) {
    const furthest = reached[left] ?? new Map<number, number>();
    const diagonal = x - y;
    const isAdded = takesFromAbove(furthest, diagonal, left);
    const from = isAdded ? diagonal + 1 : diagonal - 1;
    const fromX = left === 0 ? 0 : (furthest.get(from) ?? 0);
    const fromY = left === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      steps.push("same");
      x--;
      y--;
    }
    if (left > 0) steps.push(isAdded ? "added" : "removed");
    x = fromX;
    y = fromY;
  }
  return steps.reverse();
}
