import type { LexicalFacts } from "./extract/lexical-facts.ts";

/** A piece of the file in a table of its own: cell i of a record is the column `c<i>`. */
export interface Segment {
  /** Qualified and quoted. */
  readonly table: string;
  /** Records in the table. */
  readonly records: number;
  /** Records of the file before this segment. */
  readonly firstRecord: number;
  /** Records that never reached the table, in order. */
  readonly diverted: readonly RejectedRecord[];
  readonly facts: LexicalFacts;
  /** The cells are in their types already and every record has passed; otherwise they are text. */
  readonly isTyped: boolean;
}

/** A record that the reader refused as a whole. */
export interface RejectedRecord {
  /** From 1. */
  readonly row: number;
  readonly text: string;
  readonly reason: string;
}
