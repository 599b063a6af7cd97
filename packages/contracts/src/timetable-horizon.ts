/** Runs that an author's own timetable lists, as far ahead as it was asked. ISO 8601 instants; in the order of `runAfter`. */
export interface StoredHorizon {
  readonly runs: readonly StoredHorizonRun[];
  /** What comes later is not known yet; null: nothing will. */
  readonly until: string | null;
}

export interface StoredHorizonRun {
  readonly logicalDate: string;
  readonly dataIntervalStart: string;
  readonly dataIntervalEnd: string;
  readonly runAfter: string;
}
