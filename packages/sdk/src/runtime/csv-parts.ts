const LF = 0x0a;
const QUOTE = 0x22;

/** Cuts bytes of CSV so that each piece ends with a record; line feeds in quotes are none. */
export async function* wholeRecords(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = [];
  let isQuoted = false;
  for await (const chunk of content) {
    let end = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LF && !isQuoted) end = at + 1;
    }
    if (end === 0) {
      held.push(chunk);
      continue;
    }
    const whole = chunk.subarray(0, end);
    yield held.length === 0 ? whole : Buffer.concat([...held, whole]);
    held = end === chunk.length ? [] : [chunk.subarray(end)];
  }
  if (held.length > 0) yield Buffer.concat(held);
}

/** Pieces of several sources as they come; a source that fails ends all. */
export async function* mergePieces<Piece>(sources: readonly AsyncIterable<Piece>[]): AsyncGenerator<Piece, void> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (index: number) => iterators[index]?.next().then((result) => ({ index, result })) ?? Promise.reject(new RangeError());
  const waiting = new Map(iterators.map((_, index) => [index, next(index)]));
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values());
      if (result.done === true) waiting.delete(index);
      else {
        waiting.set(index, next(index));
        yield result.value;
      }
    }
  } finally {
    for (const each of waiting.values()) each.catch(() => undefined);
    await Promise.allSettled(iterators.map(async (iterator) => iterator.return?.()));
  }
}

/** A cell of CSV as the loader reads it: nothing for NULL, `""` for an empty text. */
export function csvCell(value: string | null): string {
  if (value === null) return "";
  return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
