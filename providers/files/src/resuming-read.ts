import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileEntry } from "@polyflow/sdk";

export interface ResumingRead {
  readonly path: string;
  readonly start: number;
  readonly signal: AbortSignal | undefined;
  stat(): Promise<FileEntry | undefined>;
  open(start: number): Promise<Readable>;
}

/** Failures in a row, without a byte in between, until a read gives up. */
const TRIES = 5;
const FIRST_DELAY_MS = 100;

/**
 * The bytes of a file; where the connection breaks, they go on from the last byte that came. A file that changes meanwhile fails: its
 * bytes would be of two versions.
 */
export function resumingRead(reading: ResumingRead, entry: FileEntry): Readable {
  return Readable.from(pieces(reading, entry), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* pieces(reading: ResumingRead, entry: FileEntry): AsyncGenerator<Uint8Array, void> {
  const { path, start, signal } = reading;
  let position = start;
  let failures = 0;
  while (position < entry.size) {
    signal?.throwIfAborted();
    try {
      for await (const chunk of await reading.open(position)) {
        const bytes: Uint8Array = chunk;
        position += bytes.length;
        failures = 0;
        yield bytes;
        signal?.throwIfAborted();
      }
      if (position < entry.size) throw new Error(`the connection ended ${entry.size - position} bytes before the end`);
    } catch (error) {
      signal?.throwIfAborted();
      failures++;
      if (failures >= TRIES) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** failures, undefined, signal === undefined ? {} : { signal });
      await refuseChanged(reading, entry, error);
    }
  }
  if (position > entry.size) throw new Error(`${path} has grown while it was read: somebody is still writing it`);
}

async function refuseChanged(reading: ResumingRead, entry: FileEntry, error: unknown): Promise<void> {
  const now = await reading.stat();
  const isSame = now !== undefined && now.size === entry.size && now.modified?.getTime() === entry.modified?.getTime();
  if (!isSame) throw new Error(`${reading.path} has changed while it was read`, { cause: error });
}
