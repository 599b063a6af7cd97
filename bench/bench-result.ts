/** What a measurement prints: a table for people and one JSON object for programs. */
export interface BenchResult {
  readonly title: string;
  readonly table: { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] };
  readonly json: { readonly [name: string]: unknown };
}

export interface BenchOptions {
  /** Counted rounds of each contender; one more before them is a warm-up. */
  readonly rounds: number;
  /** Share of the full size, where a measurement has one; 1 is full. */
  readonly scale: number;
}

/** So many of `full` things at this scale, never fewer than `least`. */
export function scaled(full: number, scale: number, least = 1): number {
  return Math.max(least, Math.round(full * scale));
}

export interface Bench {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  run(options: BenchOptions): Promise<BenchResult>;
}
