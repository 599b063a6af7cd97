import type { Readable } from "node:stream";

const LONGEST = 16_384;

/** Reads streams to their end and keeps the beginning only, so that a child that prints without end fills no memory. */
export class OutputSample {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(streams: readonly (Readable | null)[]) {
    for (const stream of streams) {
      stream?.on("data", (chunk: Buffer) => {
        if (this.#bytes >= LONGEST) return;
        this.#chunks.push(chunk.subarray(0, LONGEST - this.#bytes));
        this.#bytes += chunk.length;
      });
    }
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
