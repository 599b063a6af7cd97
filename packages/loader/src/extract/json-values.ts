import { Tokenizer, TokenParser } from "@streamparser/json";

/** A number whose JavaScript form would not be what the file says: too long, too precise, or written otherwise. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A tokenizer that keeps numbers which JavaScript would change as the file writes them. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    const number = Number(text);
    if (String(number) === text) return number;
    // the parser passes token values through untouched, whatever they are
    return new ExactNumber(text) as unknown as number; // oxlint-disable-line typescript/no-unsafe-type-assertion
  }
}

export interface JsonStream {
  write(bytes: Uint8Array): void;
  end(): void;
}

/**
 * Parses a JSON document piece by piece.
 * @param path which values are wanted: `$.*` for the items of a list
 * @param onValue gets each value with its key: a number for items of a list
 */
export function jsonStream(path: string, onValue: (value: unknown, key: string | number | undefined) => void): JsonStream {
  const tokenizer = new ExactTokenizer({ stringBufferSize: 64 * 1024 });
  const parser = new TokenParser({ paths: [path], keepStack: false });
  tokenizer.onToken = (token) => parser.write(token);
  parser.onValue = ({ value, key }) => onValue(value, key);
  return {
    write: (bytes) => tokenizer.write(bytes),
    end: () => {
      if (!tokenizer.isEnded) tokenizer.end();
    },
  };
}

/** Numbers that may read differently after a way through JavaScript: long, with an exponent, or with a final zero. */
const INEXACT = /\d{16}|\d[eE]|\.\d*0\b|-0\b/;

/**
 * Parses one JSON text.
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!INEXACT.test(text)) return value;
  let exact: unknown;
  const stream = jsonStream("$", (parsed) => {
    exact = parsed;
  });
  stream.write(Buffer.from(text));
  stream.end();
  return exact;
}

/** A cell of the staging table: text as it is, numbers as written, lists and objects as JSON; null for null. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return jsonText(value);
}

function jsonText(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
