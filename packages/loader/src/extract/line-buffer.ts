import type { SegmentWriter } from "./extraction.ts";

/** Twice of what a socket takes: a piece that is smaller than that is copied once more by who sends it. */
const BYTES = 128 * 1024;
/** Bytes of UTF-8 that a unit of a JavaScript string takes at most. */
const BYTES_PER_UNIT = 3;

/** Lines as bytes on their way to the server: a text that waited to be sent would outlive its youth in memory. */
export class LineBuffer {
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(BYTES);
  #used = 0;

  /** Takes the line if there is room for it without sending anything. */
  fits(line: string): boolean {
    if (this.#used + line.length * BYTES_PER_UNIT > BYTES) return false;
    this.#used += this.#bytes.write(line, this.#used);
    return true;
  }

  /**
   * Sends what waits, and the line at once where it is longer than all the room there is.
   * @returns bytes that were sent
   */
  async send(writer: SegmentWriter, line = ""): Promise<number> {
    const used = this.#used;
    if (used > 0) await writer.write(this.#bytes.subarray(0, used));
    this.#used = 0;
    if (this.fits(line)) return used;
    const bytes = Buffer.from(line);
    await writer.write(bytes);
    return used + bytes.length;
  }
}
