/**
 * Names of columns from the cells of a header: empty ones become `column_3`, and the second of two equal ones `Сумма_2`, so that every
 * column can be declared.
 */
export function headerNames(cells: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return cells.map((cell, index) => {
    const base = cell === "" ? `column_${index + 1}` : cell;
    let name = base;
    for (let twin = 2; taken.has(name); twin++) name = `${base}_${twin}`;
    taken.add(name);
    return name;
  });
}

/**
 * Puts the parts of several header rows together, top to bottom: `Продажи` over `Сумма` is `Продажи Сумма`.
 * A part that only repeats the one above it, or is empty, is left out.
 */
export function joinHeaderRows(
  rows: readonly (readonly (string | null | undefined)[])[],
  columnCount: number,
  join: string,
): readonly string[] {
  return Array.from({ length: columnCount }, (_, column) => {
    const parts: string[] = [];
    for (const row of rows) {
      const part = (row[column] ?? "").replaceAll(/\s+/g, " ").trim();
      if (part !== "" && part !== parts.at(-1)) parts.push(part);
    }
    return parts.join(join);
  });
}
