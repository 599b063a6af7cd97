const FIRST_BYTES = 1 << 16;
const FIRST_TEXTS = 1 << 12;

/** Texts by their number, as bytes: hundreds of thousands of them cost what their letters do. */
export class TextTable {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where each text ends. */
  #ends = new Uint32Array(FIRST_TEXTS);
  #count = 0;
  #used = 0;

  /** Bytes that the texts take. */
  get byteLength(): number {
    return this.#used + this.#count * Uint32Array.BYTES_PER_ELEMENT;
  }

  add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#used + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#used + length));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(this.#count * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends[this.#count++] = this.#used;
  }

  /** Undefined for a number that no text has. */
  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
    return this.#bytes.toString("utf8", start, this.#ends[index]);
  }
}
