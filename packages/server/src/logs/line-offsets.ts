/** A place in a file: the byte at which line `line` (from 0) starts. */
export interface LinePosition {
  readonly line: number;
  readonly offset: number;
}

const START: LinePosition = { line: 0, offset: 0 };
/** Distance of remembered positions, in lines. */
const STEP = 1000;

/**
 * Remembers where lines start, so that the next page of a log is read from its place and not from the beginning.
 * Holds the end of what was read and one position each thousand lines, for the files used last.
 */
export class LineOffsets {
  readonly #files = new Map<string, { points: LinePosition[]; tail: LinePosition }>();
  readonly #maxFiles: number;

  constructor(maxFiles = 500) {
    this.#maxFiles = maxFiles;
  }

  /** The nearest known position at or before the line. */
  nearest(path: string, line: number): LinePosition {
    const file = this.#files.get(path);
    if (file === undefined) return START;
    if (file.tail.line <= line) return file.tail;
    return file.points.findLast((point) => point.line <= line) ?? START;
  }

  remember(path: string, position: LinePosition): void {
    const file = this.#files.get(path) ?? { points: [], tail: START };
    this.#files.delete(path);
    this.#files.set(path, file);
    if (position.line - (file.points.at(-1)?.line ?? 0) >= STEP) file.points.push(position);
    if (position.line > file.tail.line) file.tail = position;
    const oldest = this.#files.keys().next();
    if (this.#files.size > this.#maxFiles && oldest.done === false) this.#files.delete(oldest.value);
  }

  forget(path: string): void {
    this.#files.delete(path);
  }
}
