import { PolyflowError } from "@polyflow/contracts";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootId, readProcRow } from "./process/proc-table.ts";

/** The folder of a supervisor's records; held by one supervisor at a time. */
export class RunFolder {
  readonly path: string;
  /** Names the folder in the environment of everything started from it. */
  readonly id: string;
  readonly #lock: string;

  /** @throws PolyflowError `config_invalid` while another supervisor holds the folder */
  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.path = realpathSync(path);
    this.id = createHash("sha256").update(this.path).digest("hex").slice(0, 16);
    this.#lock = join(this.path, "supervisor.lock");
    this.#acquire();
  }

  release(): void {
    rmSync(this.#lock, { force: true });
  }

  #acquire(): void {
    const own = identityOf(process.pid);
    for (;;) {
      try {
        writeFileSync(this.#lock, own, { flag: "wx", mode: 0o600 });
        return;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
      const holder = readFileSync(this.#lock, "utf8");
      const pid = Number(holder.split(" ")[0]);
      if (holder === identityOf(pid)) {
        throw new PolyflowError(
          "config_invalid",
          `Another worker (process ${pid}) uses the folder ${this.path}. Stop it first, or give this worker another run folder.`,
        );
      }
      // its holder was killed
      rmSync(this.#lock, { force: true });
    }
  }
}

/** Pid, start and boot together name a process for good. */
function identityOf(pid: number): string {
  return `${pid} ${readProcRow(pid)?.startTicks ?? "gone"} ${bootId()}`;
}
