/** Classes of characters; a column whose cells hold some classes only needs no closer look at its spelling. */
export const DIGIT = 1;
export const MINUS = 2;
export const POINT = 4;
export const OTHER = 8;
const ALL_CLASSES = 15;

/** Set on bytes that end a cell or a record, or need a decision; what they are is in the bits below it. */
export const SPECIAL = 128;
export const DELIMITER: number = SPECIAL + 1;
export const LINE_FEED: number = SPECIAL + 2;
export const CARRIAGE_RETURN: number = SPECIAL + 3;
export const QUOTE: number = SPECIAL + 4;
export const FORBIDDEN: number = SPECIAL + 5;

const SHAPE_SHIFT = 8;
/** What a shape begins with. */
export const NO_SHAPE = 17;

/** What has been seen of the cells of a segment without parsing them. */
export interface LexicalFacts {
  /** Classes that occur, by index of the column in the file; undefined where nobody looked. */
  readonly classes: readonly number[] | undefined;
  /** The shapes that the cells of a column have, except empty ones; undefined where there are many. */
  readonly shapes: readonly (readonly number[] | undefined)[];
  /** Some cell is quoted, so an empty text may occur beside NULL. */
  readonly hasQuotes: boolean;
}

export const NO_FACTS: LexicalFacts = { classes: undefined, shapes: [], hasQuotes: true };

/** True when every cell of the column is known to consist of `allowed` classes only. */
export function consistsOf(facts: LexicalFacts, columnIndex: number, allowed: number): boolean {
  const classes = facts.classes?.[columnIndex];
  return classes !== undefined && (classes & ALL_CLASSES & ~allowed) === 0;
}

/** True when every cell of the column is known to look like one of the examples, any digit for any other. */
export function looksLike(facts: LexicalFacts, columnIndex: number, examples: readonly string[]): boolean {
  const shapes = facts.shapes[columnIndex];
  if (shapes === undefined || shapes.length === 0) return false;
  const allowed = examples.map(shapeOf);
  return shapes.every((shape) => allowed.includes(shape));
}

export interface ByteTraitOptions {
  readonly delimiter: number;
  readonly quote: number;
  /** Bytes that the encoding does not have. */
  readonly forbidden: readonly number[];
}

/**
 * For each of the 256 bytes one number: its class in the low bits, or {@link SPECIAL}; above them what it adds to the shape of
 * a cell: the same for all digits, another one for each other byte.
 */
export function byteTraits(options: ByteTraitOptions): Uint16Array {
  const traits = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) traits[byte] = (byte << SHAPE_SHIFT) | OTHER;
  for (let byte = 0x30; byte <= 0x39; byte++) traits[byte] = (0x30 << SHAPE_SHIFT) | DIGIT;
  traits[0x2d] = (0x2d << SHAPE_SHIFT) | MINUS;
  traits[0x2e] = (0x2e << SHAPE_SHIFT) | POINT;
  traits[0x0a] = LINE_FEED;
  traits[0x0d] = CARRIAGE_RETURN;
  traits[options.delimiter] = DELIMITER;
  traits[options.quote] = QUOTE;
  for (const byte of [0, ...options.forbidden]) traits[byte] = FORBIDDEN;
  return traits;
}

/** The shape with one more byte at its end. */
export function extendShape(shape: number, trait: number): number {
  return (Math.imul(shape, 31) + trait) | 0;
}

const PLAIN_TRAITS = byteTraits({ delimiter: 0x0a, quote: 0x0a, forbidden: [] });

function shapeOf(example: string): number {
  let shape = NO_SHAPE;
  for (const byte of Buffer.from(example)) shape = extendShape(shape, PLAIN_TRAITS[byte] ?? 0);
  return shape;
}

/** Shapes of a column that are told apart. */
const SHAPES = 4;

/** Gathers the facts of one segment, cell by cell. */
export class CellFacts {
  readonly #classes: Uint8Array;
  readonly #shapes: Int32Array;
  /** Shapes met so far, by column; more than {@link SHAPES} stands for many. */
  readonly #counts: Uint8Array;
  hasQuotes = false;

  constructor(fieldCount: number) {
    this.#classes = new Uint8Array(fieldCount);
    this.#shapes = new Int32Array(fieldCount * SHAPES);
    this.#counts = new Uint8Array(fieldCount);
  }

  /** Notes a cell: the union of the traits of its bytes, and its shape. Cells beyond the last column are nobody's. */
  add(field: number, traits: number, shape: number): void {
    if (shape === NO_SHAPE || field >= this.#classes.length) return;
    this.#classes[field]! |= traits;
    const count = this.#counts[field]!;
    const first = field * SHAPES;
    if (count > SHAPES || (count > 0 && this.#shapes[first] === shape)) return;
    for (let place = first + 1; place < first + count; place++) if (this.#shapes[place] === shape) return;
    if (count < SHAPES) this.#shapes[first + count] = shape;
    this.#counts[field] = count + 1;
  }

  toFacts(): LexicalFacts {
    const shapes = Array.from(this.#counts, (count, field) =>
      count > SHAPES ? undefined : [...this.#shapes.subarray(field * SHAPES, field * SHAPES + count)],
    );
    return { classes: [...this.#classes], shapes, hasQuotes: this.hasQuotes };
  }
}
