/** Classes of bytes; a column whose cells hold some classes only needs no closer look at its spelling. */
export const DIGIT = 1;
export const SIGN = 2;
export const POINT = 4;
export const COLON = 8;
export const SPACE = 16;
/** `T` and `Z` of ISO 8601. */
export const ISO_LETTER = 32;
export const OTHER = 64;

/** Bytes that end a cell or a record, or need a decision, instead of a class. */
export const SPECIAL = 128;
export const DELIMITER = SPECIAL;
export const LINE_FEED = SPECIAL + 1;
export const CARRIAGE_RETURN = SPECIAL + 2;
export const QUOTE = SPECIAL + 3;
export const FORBIDDEN = SPECIAL + 4;

/** What has been seen of the cells of a segment without parsing them. */
export interface LexicalFacts {
  /** Classes that occur, by index of the column in the file; undefined where nobody looked. */
  readonly classes: readonly number[] | undefined;
  /** Some cell is quoted, so an empty text may occur beside NULL. */
  readonly hasQuotes: boolean;
}

export const NO_FACTS: LexicalFacts = { classes: undefined, hasQuotes: true };

/** True when every cell of the column is known to consist of `allowed` classes only. */
export function consistsOf(facts: LexicalFacts, columnIndex: number, allowed: number): boolean {
  const classes = facts.classes?.[columnIndex];
  return classes !== undefined && (classes & ~allowed) === 0;
}

export interface ByteClassOptions {
  readonly delimiter: number;
  readonly quote: number;
  /** Bytes that the encoding does not have. */
  readonly forbidden: readonly number[];
}

/** For each of the 256 bytes its class, or what is special about it. */
export function byteClasses(options: ByteClassOptions): Uint8Array {
  const classes = new Uint8Array(256).fill(OTHER);
  for (let digit = 0x30; digit <= 0x39; digit++) classes[digit] = DIGIT;
  for (const [text, lexicalClass] of [
    ["+-", SIGN],
    [".", POINT],
    [":", COLON],
    [" ", SPACE],
    ["TZ", ISO_LETTER],
  ] as const) {
    for (const character of text) classes[character.charCodeAt(0)] = lexicalClass;
  }
  classes[0x0a] = LINE_FEED;
  classes[0x0d] = CARRIAGE_RETURN;
  classes[options.delimiter] = DELIMITER;
  classes[options.quote] = QUOTE;
  for (const byte of [0, ...options.forbidden]) classes[byte] = FORBIDDEN;
  return classes;
}
