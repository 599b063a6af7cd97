import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { PolyflowError } from "@polyflow/contracts";
import type { LoadLimits } from "../../load-request.ts";
import type { ByteStream, SourceFile } from "../source-file.ts";
import { checkExpansion } from "./check-expansion.ts";

const CHUNK_BYTES = 128 * 1024;

/**
 * The unpacked bytes of a gzip file, as they are asked for.
 * @throws PolyflowError `source_unreadable` for files that are cut off, damaged, or unpack to too much
 */
export async function* gunzip(file: SourceFile, limits: LoadLimits): AsyncGenerator<Uint8Array, void> {
  const packed = Readable.from(chunksOf(file), { objectMode: false });
  const gunzipper = createGunzip({ chunkSize: CHUNK_BYTES });
  packed.on("error", (error) => gunzipper.destroy(error));
  packed.pipe(gunzipper);
  let unpacked = 0;
  try {
    for await (const chunk of gunzipper) {
      if (!(chunk instanceof Uint8Array)) continue;
      unpacked += chunk.length;
      checkExpansion(file.name, { packed: file.bytesRead, unpacked }, limits);
      yield chunk;
    }
  } catch (error) {
    throw gzipFailure(file.name, unpacked, error);
  } finally {
    packed.destroy();
    gunzipper.destroy();
  }
}

async function* chunksOf(bytes: ByteStream): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = await bytes.read(chunk, 0);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}

function gzipFailure(name: string, unpacked: number, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string" || !error.code.startsWith("Z_")) return error;
  const what =
    error.code === "Z_BUF_ERROR"
      ? `is cut off: the gzip data ends in the middle, after ${unpacked} unpacked bytes. Fetch it again`
      : `is not a whole gzip file (${error.message}, after ${unpacked} unpacked bytes). Check \`compression\`, or fetch it again`;
  return new PolyflowError("source_unreadable", `${name} ${what}.`, { cause: error });
}
