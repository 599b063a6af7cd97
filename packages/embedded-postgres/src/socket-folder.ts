import { createHash } from "node:crypto";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { giveTo, type OperatingUser } from "./operating-user.ts";

/** A socket's path fits into 107 bytes on Linux and 103 on macOS, with "/.s.PGSQL.65535" at its end. */
const LONGEST_FOLDER_BYTES = 85;

/** The folder for the unix socket: inside the cluster's own, or a short one in the temporary folder when that is too long. */
export function socketFolder(dir: string): string {
  const inside = join(dir, "socket");
  if (Buffer.byteLength(inside) <= LONGEST_FOLDER_BYTES) return inside;
  return join(tmpdir(), `polyflow-${createHash("sha256").update(dir).digest("hex").slice(0, 16)}`);
}

/** Makes the folder, open to nobody but the server's user. @throws PolyflowError when somebody else has made it before us. */
export async function prepareSocketFolder(folder: string, user: OperatingUser): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const trusted = [process.getuid?.(), user.identity?.uid];
  if (!found.isDirectory() || (process.platform !== "win32" && !trusted.includes(found.uid))) {
    throw new PolyflowError(
      "embedded_postgres_failed",
      `The folder "${folder}" for PostgreSQL's socket belongs to somebody else. Remove it, or use a --home with a shorter path.`,
    );
  }
  await giveTo(user, folder);
  await chmod(folder, 0o700);
}
