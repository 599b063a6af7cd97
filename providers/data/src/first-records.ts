const LF = 0x0a;
const QUOTE = 0x22;

/**
 * The first records of a stream and not a byte more: in CSV a line feed between quotes ends no record.
 * @example firstRecords(extract.content, { records: 21, isCsv: true })
 */
export async function* firstRecords(
  content: AsyncIterable<Uint8Array>,
  { records, isCsv }: { readonly records: number; readonly isCsv: boolean },
): AsyncGenerator<Uint8Array, void> {
  let left = records;
  let isQuoted = false;
  for await (const chunk of content) {
    for (let index = 0; index < chunk.length; index++) {
      if (isCsv && chunk[index] === QUOTE) isQuoted = !isQuoted;
      if (chunk[index] !== LF || isQuoted) continue;
      left--;
      if (left > 0) continue;
      yield chunk.subarray(0, index + 1);
      return;
    }
    yield chunk;
  }
}
