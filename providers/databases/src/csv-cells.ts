const LF = 0x0a;
const QUOTE = 0x22;

/**
 * The records of an extract's CSV after its header, a list of cells each: nothing between commas is null, `""` an empty text.
 * @example for await (const [id, name] of csvCells(extract.content)) …
 */
export async function* csvCells(content: AsyncIterable<Uint8Array>): AsyncGenerator<(string | null)[], void> {
  let rest = Buffer.alloc(0);
  let isHeader = true;
  for await (const chunk of content) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    let isQuoted = false;
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] === QUOTE) isQuoted = !isQuoted;
      if (bytes[index] !== LF || isQuoted) continue;
      if (!isHeader) yield cellsOf(bytes.toString("utf8", start, index));
      isHeader = false;
      start = index + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0 && !isHeader) yield cellsOf(rest.toString("utf8"));
}

function cellsOf(line: string): (string | null)[] {
  const cells: (string | null)[] = [];
  for (let at = 0; at <= line.length; at++) {
    if (line[at] === '"') {
      let end = line.indexOf('"', at + 1);
      while (line[end + 1] === '"') end = line.indexOf('"', end + 2);
      cells.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      const cell = line.slice(at, end).replace(/\r$/, "");
      cells.push(cell === "" ? null : cell);
      at = end;
    }
  }
  return cells;
}
