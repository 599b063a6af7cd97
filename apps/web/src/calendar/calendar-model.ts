export interface CalendarDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Monday is 1, Sunday 7. */
  readonly column: number;
  readonly date: Date;
}

export interface CalendarMonth {
  readonly number: number;
  readonly first: Date;
  readonly days: readonly CalendarDay[];
}

/** The months of a year with their days; dates are at midnight UTC, since they stand for days and not for instants. */
export function monthsOfYear(year: number): readonly CalendarMonth[] {
  return Array.from({ length: 12 }, (_, month) => {
    const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const days = Array.from({ length: count }, (__, index) => {
      const date = new Date(Date.UTC(year, month, index + 1));
      return { day: date.toISOString().slice(0, 10), column: ((date.getUTCDay() + 6) % 7) + 1, date };
    });
    return { number: month + 1, first: new Date(Date.UTC(year, month, 1)), days };
  });
}
