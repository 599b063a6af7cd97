/**
 * The moments between which a load can be interrupted, in their order. A load that dies at any of them leaves the target as it was
 * (before `committed`) or as it is meant to be (from there on), with ledger and cursor in agreement; a test kills a loader at each.
 */
export const LOAD_POINTS = [
  "connected",
  "prepared",
  "locked",
  "source_opened",
  "segment_cast",
  "all_cast",
  "written",
  "judged",
  "rejects_kept",
  "cursor_moved",
  "ledger_written",
  "committed",
  "tidied",
] as const;

export type LoadPoint = (typeof LOAD_POINTS)[number];
