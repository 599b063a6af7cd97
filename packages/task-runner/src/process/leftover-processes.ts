import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootId, findByEnvironment, readProcRow, readProcTable } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";

/** Environment variable that all processes of a supervisor carry: `<run folder's id>.<supervisor's instance>`. */
export const SUPERVISOR_VARIABLE = "POLYFLOW_SUPERVISOR";

/**
 * Remembers on disk which task processes a supervisor has started, so that the next one can kill those that a killed
 * supervisor left behind. A file per process, named after its pid (which is its group and session as well).
 */
export class ProcessRecords {
  readonly #folder: string;
  readonly directory: string;

  /** @param folder shared by all instances that use the run folder, one after another */
  constructor(folder: string, instance: string) {
    this.#folder = folder;
    this.directory = join(folder, instance);
  }

  open(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  add(pid: number): void {
    const startTicks = readProcRow(pid)?.startTicks;
    if (startTicks !== undefined) writeFileSync(join(this.directory, String(pid)), `${bootId()} ${startTicks}`, { mode: 0o600 });
  }

  remove(pid: number): void {
    try {
      unlinkSync(join(this.directory, String(pid)));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * Kills what earlier instances left behind: recorded sessions, and processes anywhere that carry the run folder's id.
   * @returns pids of the killed
   */
  killLeftovers(runId: string): readonly number[] {
    const killed = new Set<number>();
    const instances = readdirSync(this.#folder).filter((name) => join(this.#folder, name) !== this.directory);
    const recorded = instances.flatMap((instance) => this.#recordedSessions(join(this.#folder, instance)));
    // what is killed may have been starting something, so look until nothing is found
    for (let round = 0; round < 5; round += 1) {
      const found = [
        ...membersOf(recorded),
        ...findByEnvironment([{ name: SUPERVISOR_VARIABLE, matches: (value) => value.startsWith(`${runId}.`) }]),
      ];
      const alive = found.filter((pid) => pid !== process.pid && signalProcess(pid, "SIGKILL"));
      for (const pid of alive) killed.add(pid);
      if (alive.length === 0) break;
    }
    for (const instance of instances) rmSync(join(this.#folder, instance), { recursive: true, force: true });
    return [...killed];
  }

  #recordedSessions(directory: string): readonly RecordedSession[] {
    return readdirSync(directory)
      .map((name) => ({ pid: Number(name), parts: readFileSync(join(directory, name), "utf8").split(" ") }))
      .filter(({ parts }) => parts[0] === bootId())
      .map(({ pid, parts }) => ({ pid, startTicks: Number(parts[1]) }));
  }
}

interface RecordedSession {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * Processes of recorded sessions. A pid that was given to another process since has another start; the kernel does not
 * give a pid away while a session of that number has members, so members whose leader has died are ours.
 */
function membersOf(sessions: readonly RecordedSession[]): readonly number[] {
  if (sessions.length === 0) return [];
  const table = readProcTable();
  return sessions.flatMap(({ pid, startTicks }) => {
    const leader = table.find((row) => row.pid === pid);
    if (leader !== undefined && leader.startTicks !== startTicks) return [];
    return table.filter((row) => row.sessionId === pid && row.startTicks >= startTicks).map((row) => row.pid);
  });
}
