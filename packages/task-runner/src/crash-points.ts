/** Steps of a supervisor at which a test kills it; nothing may be lost or doubled at any of them. */
export const CRASH_POINTS = [
  "after_receive_before_claim",
  "after_claim_before_run",
  "after_run_sent",
  "result_received_before_report",
  "child_exited_before_report",
  "spool_written",
  "after_report_before_cleanup",
  "log_tail_pending",
  "between_heartbeats",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Called at each crash point. In production it does nothing. */
export type CrashPointHook = (point: CrashPoint) => void;
