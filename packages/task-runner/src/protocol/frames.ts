import type { LogLevel } from "@polyflow/contracts";

/**
 * Records inside the output pipes of a task process. Task log lines and JavaScript's stderr travel in the stdout pipe
 * among what is printed, so that their order is the author's; end marks tell which attempt the text before them belongs to.
 * A record is a NUL, the process's secret token, JSON and a line feed.
 */
export type Frame =
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string; readonly at: number }
  | { readonly kind: "stderr"; readonly text: string }
  | { readonly kind: "end"; readonly attemptId: string };

export function frameStart(token: string): string {
  return `\0polyflow:${token}:`;
}

export function encodeFrame(start: string, frame: Frame): string {
  return `${start}${JSON.stringify(frame)}\n`;
}

const LONGEST_FRAME_BYTES = 1_048_576;
const LINE_FEED = 10;

export interface FrameHandler {
  text(bytes: Buffer): void;
  frame(frame: Frame): void;
}

/** Separates records from the text around them, however the pipe cuts it into chunks. */
export class FrameReader {
  readonly #start: Buffer;
  readonly #handler: FrameHandler;
  /** Bytes that may be the beginning of a record, or a record without its end. */
  #held: Buffer = Buffer.alloc(0);

  constructor(token: string, handler: FrameHandler) {
    this.#start = Buffer.from(frameStart(token));
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      const at = rest.indexOf(this.#start);
      if (at < 0) {
        this.#text(rest, possibleStart(rest, this.#start));
        return;
      }
      if (at > 0) this.#handler.text(rest.subarray(0, at));
      const end = rest.indexOf(LINE_FEED, at);
      if (end < 0) {
        this.#hold(rest.subarray(at));
        return;
      }
      this.#record(rest.subarray(at, end));
      rest = rest.subarray(end + 1);
    }
  }

  /** The pipe has ended: what was held back is text. */
  end(): void {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    if (rest.length > 0) this.#handler.text(rest);
  }

  #text(bytes: Buffer, heldFrom: number): void {
    if (heldFrom > 0) this.#handler.text(bytes.subarray(0, heldFrom));
    this.#held = bytes.subarray(heldFrom);
  }

  #hold(bytes: Buffer): void {
    if (bytes.length > LONGEST_FRAME_BYTES) this.#handler.text(bytes);
    else this.#held = bytes;
  }

  #record(bytes: Buffer): void {
    const frame = parseFrame(bytes.toString("utf8", this.#start.length));
    if (frame === undefined) this.#handler.text(bytes);
    else this.#handler.frame(frame);
  }
}

/** Where the end of `bytes` begins to look like `start`; the length of `bytes` when it does not. */
function possibleStart(bytes: Buffer, start: Buffer): number {
  const at = bytes.lastIndexOf(0);
  if (at < 0 || bytes.length - at >= start.length) return bytes.length;
  const tail = bytes.subarray(at);
  return start.subarray(0, tail.length).equals(tail) ? at : bytes.length;
}

/** Undefined for a record that another process's output has torn apart. */
function parseFrame(json: string): Frame | undefined {
  try {
    return JSON.parse(json) as Frame;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
