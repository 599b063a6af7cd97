export const LOG_LEVELS = ["debug", "info", "warning", "error", "critical"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of an attempt's log as it is stored (NDJSON) and streamed. Order is the order of arrival, not of clocks. */
export interface LogLine {
  /** ISO 8601 instant with milliseconds. */
  readonly at: string;
  readonly level: LogLevel;
  /** `task`: written by the task's logger; `stdout`/`stderr`: printed; `system`: written by Polyflow about the attempt. */
  readonly source: "task" | "stdout" | "stderr" | "system";
  readonly message: string;
}
