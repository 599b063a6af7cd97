/** Something that the command palette can lead to or do. */
export interface PaletteItem {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  /** Said beside the label, and searched through as well. */
  readonly hint?: string;
  readonly run: () => void;
}

/**
 * Items that fit what was typed, best first: those that begin with it, then those that hold it, then those that hold its letters in order.
 * With nothing typed all fit, in their order.
 */
export function matchingItems(items: readonly PaletteItem[], typed: string): readonly PaletteItem[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return items;
  return items
    .map((item) => ({ item, rank: rankOf(`${item.label} ${item.hint ?? ""}`.toLowerCase(), wanted) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((left, right) => right.rank - left.rank)
    .map(({ item }) => item);
}

function rankOf(text: string, wanted: string): number {
  if (text.startsWith(wanted)) return 4;
  if (text.split(/[\s_.-]+/).some((word) => word.startsWith(wanted))) return 3;
  if (text.includes(wanted)) return 2;
  return holdsInOrder(text, wanted) ? 1 : 0;
}

function holdsInOrder(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    const at = text.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return letters.length > 3;
}
