import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const BLOCK_BYTES = 256 * 1024;

/** Hexadecimal SHA-256 of a file, read through one buffer: a stream would leave a buffer behind for each piece. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "r");
  try {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
