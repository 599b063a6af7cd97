const LINE_FEED = 10;
/** Kept beyond the limit, so that a secret at the cut is masked as a whole. */
const SLACK_BYTES = 4_096;

export interface AssembledLine {
  readonly text: string;
  /** Size of the line in bytes as it was printed; more than `text` holds when it was too long to keep. */
  readonly bytes: number;
}

/** Makes lines of bytes, in bounded memory whatever their length. Invalid UTF-8 becomes U+FFFD, NULs are left out. */
export class LineAssembler {
  readonly #keepBytes: number;
  readonly #emit: (line: AssembledLine) => void;
  #parts: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  constructor(maxLineBytes: number, emit: (line: AssembledLine) => void) {
    this.#keepBytes = maxLineBytes + SLACK_BYTES;
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#finishLine();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** Nothing will follow: what has no line feed is a line as well. */
  end(): void {
    if (this.#bytes > 0) this.#finishLine();
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    const kept = part.subarray(0, this.#keepBytes - this.#keptBytes);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#keptBytes += kept.length;
  }

  #finishLine(): void {
    const [only] = this.#parts;
    const line = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    const text = line.toString("utf8").replaceAll("\0", "");
    const bytes = this.#bytes;
    this.#parts = [];
    this.#keptBytes = 0;
    this.#bytes = 0;
    this.#emit({ text: text.endsWith("\r") ? text.slice(0, -1) : text, bytes });
  }
}
