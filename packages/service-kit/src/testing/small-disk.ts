import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of a few kilobytes in memory, which a test fills up. Needs the right to mount, which root mostly has. */
export class SmallDisk implements Disposable {
  readonly folder: string;

  /** @param kilobytes its size */
  constructor(kilobytes: number) {
    this.folder = mkdtempSync(join(tmpdir(), "polyflow-disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", this.folder], { encoding: "utf8" });
    if (mounted.status === 0) return;
    rmdirSync(this.folder);
    throw new Error(`no disk can be mounted: ${mounted.stderr}`);
  }

  /** Takes all the room that is left. */
  fill(): void {
    const path = join(this.folder, "filler");
    for (const bytes of [65_536, 4_096, 1]) {
      try {
        for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
    }
  }

  /** Gives back what `fill` took. */
  makeRoom(): void {
    rmSync(join(this.folder, "filler"));
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["--lazy", this.folder]);
    rmdirSync(this.folder);
  }
}

/** Whether tests with disks of their own can run here. */
export function canMountDisks(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    new SmallDisk(4)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}
