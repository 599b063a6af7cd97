const PIECE_BYTES = 1 << 20;

/** Bytes that may be wanted once more; the memory is used again for the next ones. */
export class KeptBytes {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  add(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const place = this.#length % PIECE_BYTES;
      const index = (this.#length - place) / PIECE_BYTES;
      const piece = (this.#pieces[index] ??= Buffer.allocUnsafeSlow(PIECE_BYTES));
      const count = bytes.copy(piece, place, from);
      from += count;
      this.#length += count;
    }
  }

  /** What was added since the last `clear`, in order. */
  *pieces(): Generator<Buffer, void> {
    for (let from = 0, index = 0; from < this.#length; from += PIECE_BYTES, index++) {
      const piece = this.#pieces[index];
      if (piece !== undefined) yield piece.subarray(0, Math.min(PIECE_BYTES, this.#length - from));
    }
  }

  clear(): void {
    this.#length = 0;
  }
}
