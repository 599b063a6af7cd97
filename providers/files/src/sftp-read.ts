import type { SFTPWrapper } from "ssh2";

/** What every server gives in one answer. */
const PIECE_BYTES = 32 << 10;
/** Questions on their way at once: without them each piece would cost a round trip. */
const AT_ONCE = 32;

/** The bytes of a file from `start` on, in order; many pieces are asked for at once. */
export async function* sftpRead(sftp: SFTPWrapper, path: string, start: number): AsyncGenerator<Buffer, void> {
  const handle = await new Promise<Buffer>((resolve, reject) => {
    sftp.open(path, "r", (error, opened) => (error instanceof Error ? reject(error) : resolve(opened)));
  });
  const asked: Promise<Buffer>[] = [];
  let next = start;
  const ask = (): void => {
    const piece = readPiece(sftp, handle, next);
    // a piece that nobody waits for any more must not count as unhandled
    piece.catch(() => undefined);
    asked.push(piece);
    next += PIECE_BYTES;
  };
  try {
    for (let count = 0; count < AT_ONCE; count++) ask();
    for (let piece = asked.shift(); piece !== undefined; piece = asked.shift()) {
      const bytes = await piece;
      if (bytes.length === 0) return;
      ask();
      yield bytes;
    }
  } finally {
    await Promise.allSettled(asked);
    closeHandle(sftp, handle);
  }
}

/** Not waited for: a session that has ended never answers, and has closed its handles. */
function closeHandle(sftp: SFTPWrapper, handle: Buffer): void {
  try {
    sftp.close(handle, () => undefined);
  } catch (error) {
    if (!(error instanceof Error) || !/not (connected|open)|after end|no response/i.test(error.message)) throw error;
  }
}

/** One piece, whole unless the file ends; empty behind its end. */
async function readPiece(sftp: SFTPWrapper, handle: Buffer, position: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let filled = 0;
  while (filled < PIECE_BYTES) {
    const count = await readOnce(sftp, { handle, piece, filled, position: position + filled });
    if (count === 0) break;
    filled += count;
  }
  return piece.subarray(0, filled);
}

interface Reading {
  readonly handle: Buffer;
  readonly piece: Buffer;
  readonly filled: number;
  readonly position: number;
}

const END_OF_FILE = 1;

function readOnce(sftp: SFTPWrapper, { handle, piece, filled, position }: Reading): Promise<number> {
  return new Promise((resolve, reject) => {
    sftp.read(handle, piece, filled, PIECE_BYTES - filled, position, (error, count) => {
      if (!(error instanceof Error)) resolve(count);
      else if ("code" in error && error.code === END_OF_FILE) resolve(0);
      else reject(error);
    });
  });
}
