import { StringDecoder } from "node:string_decoder";
import { encodeFrame, frameStart } from "../protocol/frames.ts";
import type { Frame } from "../protocol/frames.ts";

/** Longest message that the task's logger passes on; the supervisor cuts lines anyway. */
const LONGEST_MESSAGE = 32_768;

/** Writes records into the output pipes. */
export interface OutputChannel {
  frame(frame: Exclude<Frame, { kind: "end" }>): void;
  /** Marks the end of an attempt's output in both pipes. */
  endAttempt(attemptId: string): void;
}

/**
 * Makes the pipes synchronous, so that nothing printed is lost when the process dies, and sends JavaScript's stderr
 * through the stdout pipe as records, so that its order among stdout and the task's log is the author's.
 * What grandchildren and native code print to stderr keeps its own pipe.
 */
export function openOutputChannel(token: string): OutputChannel {
  makeBlocking(process.stdout);
  makeBlocking(process.stderr);
  const start = frameStart(token);
  const writeOut = process.stdout.write.bind(process.stdout);
  const writeError = process.stderr.write.bind(process.stderr);
  const decoder = new StringDecoder("utf8");
  process.stderr.write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
    for (const piece of pieces(text)) writeOut(encodeFrame(start, { kind: "stderr", text: piece }));
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") process.nextTick(() => void callback());
    return true;
  };
  return {
    frame: (frame) => {
      writeOut(encodeFrame(start, frame.kind === "log" ? { ...frame, message: frame.message.slice(0, LONGEST_MESSAGE) } : frame));
    },
    endAttempt: (attemptId) => {
      const end = encodeFrame(start, { kind: "end", attemptId });
      writeOut(end);
      writeError(end);
    },
  };
}

/** Cuts between characters, not within one that takes two units. */
function* pieces(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const last = text.charCodeAt(from + LONGEST_MESSAGE - 1);
    const to = from + LONGEST_MESSAGE - (last >= 0xd8_00 && last < 0xdc_00 ? 1 : 0);
    yield text.slice(from, to);
    from = to;
  }
}

/**
 * Node offers no public way to make a pipe synchronous; without it a process that prints much and exits loses the rest.
 * Where the handle is not there (a terminal, a file), output is synchronous already.
 */
function makeBlocking(stream: NodeJS.WriteStream): void {
  const handle: unknown = Reflect.get(stream, "_handle");
  if (typeof handle !== "object" || handle === null) return;
  const setBlocking: unknown = Reflect.get(handle, "setBlocking");
  if (typeof setBlocking === "function") setBlocking.call(handle, true);
}
