// oxlint-disable-next-line typescript/triple-slash-reference -- the types must reach whoever compiles this file, authors included
/// <reference path="./pg-copy-streams.d.ts" />
import { once } from "node:events";
import { getDefaultHighWaterMark } from "node:stream";
import type { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";

const FULL_SOCKET_BYTES = getDefaultHighWaterMark(false);

/** A COPY … FROM STDIN in progress. A buffer given to `write` may be used again once the promise has resolved. */
export class CopyWriter {
  readonly #stream: ReturnType<typeof copyFrom>;
  #error: Error | undefined;

  constructor(client: Client, statement: string) {
    this.#stream = client.query(copyFrom(statement));
    this.#stream.on("error", (error: Error) => {
      this.#error = error;
    });
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    // the driver waits for the socket only when it is full, so what is less than that may still lie there when `write` resolves
    const kept = bytes.length < FULL_SOCKET_BYTES ? Buffer.from(bytes) : bytes;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(error);
      this.#stream.once("error", fail);
      this.#stream.write(kept, (error) => {
        this.#stream.off("error", fail);
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** Ends the COPY; resolves to the number of rows when the server has taken everything. */
  async finish(): Promise<number> {
    if (this.#error !== undefined) throw this.#error;
    this.#stream.end();
    await once(this.#stream, "finish");
    return this.#stream.rowCount;
  }

  /** Makes the server forget the COPY. */
  async abandon(): Promise<void> {
    if (this.#stream.writableFinished || this.#error !== undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#stream.once("error", () => resolve());
      this.#stream.once("close", () => resolve());
    });
    this.#stream.destroy();
    await closed;
  }
}
