import { rejectReason } from "@polyflow/contracts";
import type { LoadLimits } from "../load-request.ts";
import { parseExactly } from "./json-values.ts";
import type { RecordItem } from "./record-extraction.ts";
import type { ByteStream } from "./source-file.ts";

const CHUNK_BYTES = 128 * 1024;
const LF = 0x0a;
const KEPT_CHARACTERS = 4000;

/** The records of a file with one JSON text per line; blank lines are passed over, bad lines become rejects. */
export async function* jsonLines(limits: Pick<LoadLimits, "recordBytes">, bytes: ByteStream): AsyncGenerator<readonly RecordItem[], void> {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  let skipsLine = false;
  for (;;) {
    if (filled === buffer.length) buffer = enlarged(buffer);
    const count = await bytes.read(buffer, filled);
    filled += count;
    const isEnd = count === 0;
    const lastLineFeed = buffer.subarray(0, filled).lastIndexOf(LF);
    const complete = isEnd ? filled : lastLineFeed + 1;
    const batch: RecordItem[] = [];
    for (const line of linesOf(buffer.subarray(0, complete))) {
      if (skipsLine) skipsLine = false;
      else if (!isBlank(line)) batch.push(parseLine(line));
    }
    buffer.copyWithin(0, complete, filled);
    filled -= complete;
    if (filled >= limits.recordBytes) {
      batch.push({
        reason: rejectReason("too_many_bytes", { bytes: limits.recordBytes }),
        text: buffer.toString("utf8", 0, KEPT_CHARACTERS),
      });
      skipsLine = true;
      filled = 0;
    }
    if (batch.length > 0) yield batch;
    if (isEnd) return;
  }
}

function enlarged(buffer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}

function* linesOf(bytes: Buffer): Generator<Buffer, void> {
  for (let start = 0; start < bytes.length; ) {
    const lineFeed = bytes.indexOf(LF, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

/** True for nothing but spaces, tabs and carriage returns. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseLine(line: Buffer): RecordItem {
  try {
    return { value: parseExactly(strictDecoder.decode(line)) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? rejectReason("not_json", { problem: error.message }) : rejectReason("not_utf8");
    return { reason, text: line.toString("utf8", 0, KEPT_CHARACTERS).replaceAll("\0", "\u2400") };
  }
}
