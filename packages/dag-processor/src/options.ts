import type { Clock, Logger } from "@polyflow/service-kit";
import type { DagStore } from "@polyflow/store";

/** A project whose `dags/` folder is watched. */
export interface Project {
  /** Name of the bundle in the store. */
  readonly name: string;
  /** Absolute path of the project's folder. */
  readonly dir: string;
}

/** Limits on reading DAG files. */
export interface DagProcessorSettings {
  /** A file that takes longer to import is an error. Default 30 000. */
  readonly parseTimeoutMs: number;
  /** A file that takes more memory to import is an error; of heap and buffers together, Node's own 50 MB included. Default 512. */
  readonly memoryLimitMb: number;
  /** How many processes read files at once; besides as many for files that were just saved. Default 2. */
  readonly parallelism: number;
  /** So many files that nobody has just saved are evaluated in one process, one after another; 1: each has its own. Default 1 000. */
  readonly filesPerProcess: number;
  /** The process that stands ready for the next saved file, and the compiler's, go when none was saved for so long. Default 30 000. */
  readonly idleMs: number;
  /** How often all files are looked at, for changes that nobody announced. Default 30 000. */
  readonly rescanIntervalMs: number;
  /** How long a file has to be left alone before it is read: editors write in several steps. Default 10. */
  readonly settleMs: number;
  /** How often `heartbeat` is called. Default 5 000. */
  readonly heartbeatIntervalMs: number;
  /** Folders outside of the project that files may read while they are imported. Default none. */
  readonly readableFolders: readonly string[];
  /** Whether runs of cron schedules are for data intervals where the author does not say. Default false. */
  readonly cronDataIntervals: boolean;
}

export interface DagProcessorOptions {
  readonly projects: readonly Project[];
  readonly store: Pick<DagStore, "publishParsedFile" | "publishParsedFiles" | "removeFile" | "listFiles" | "listImportErrors">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Says that the processor is alive. */
  readonly heartbeat?: () => Promise<void>;
  readonly settings?: Partial<DagProcessorSettings>;
  /** A number in [0, 1), for the spread of delays. Default `Math.random`. */
  readonly random?: () => number;
}

export const DEFAULT_SETTINGS: DagProcessorSettings = {
  parseTimeoutMs: 30_000,
  memoryLimitMb: 512,
  parallelism: 2,
  filesPerProcess: 1_000,
  idleMs: 30_000,
  rescanIntervalMs: 30_000,
  settleMs: 10,
  heartbeatIntervalMs: 5_000,
  readableFolders: [],
  cronDataIntervals: false,
};
