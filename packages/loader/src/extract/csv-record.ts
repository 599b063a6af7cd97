/** Splits the text of one CSV record (without its line end) into cells; for headers and single records, not for bulk. */
export function splitCsvRecord(text: string, delimiter: string, quote: string): readonly string[] {
  const cells: string[] = [];
  let cell = "";
  let inQuotes = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === quote) {
      if (inQuotes && text[at + 1] === quote) {
        cell += quote;
        at++;
      } else inQuotes = !inQuotes;
    } else if (character === delimiter && !inQuotes) {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  cells.push(cell);
  return cells;
}
