import type { LogLevel } from "@polyflow/contracts";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { FrameReader } from "../protocol/frames.ts";
import type { Frame } from "../protocol/frames.ts";

/** Where the output of one attempt goes. */
export interface AttemptOutput {
  print(source: "stdout" | "stderr", bytes: Buffer): void;
  /** `at`: milliseconds since the epoch, by the task process's clock. */
  log(level: LogLevel, message: string, at: number): void;
  /** Both pipes have been read up to this attempt's end. */
  end(): void;
}

const KEPT_OUTSIDE = 2_000;

interface Reading {
  readonly attemptId: string;
  readonly output: AttemptOutput;
  /** Pipes that have not yet shown the attempt's end mark. */
  openPipes: number;
}

/**
 * Reads the two output pipes of a task process and hands each attempt what belongs to it. In a process that is used again
 * the next attempt may run before the former one's output has been read; end marks in both pipes keep them apart.
 */
export class OutputPipes {
  readonly #pipes: readonly Readable[];
  /** Per pipe: attempts whose output may still come, oldest first. */
  readonly #queues: readonly Reading[][] = [[], []];
  /** Resolves when both pipes have been read to their end. */
  readonly closed: Promise<void>;
  #outside = "";

  constructor(child: ChildProcess, token: string) {
    // a process that could not be started has no pipes
    this.#pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null && pipe !== undefined);
    const ends = this.#pipes.map((pipe, index) => this.#read(pipe, index, token));
    this.closed = Promise.all(ends).then(() => undefined);
  }

  /** The end of what was printed while no attempt was there. */
  get printedOutside(): string {
    return this.#outside;
  }

  begin(attemptId: string, output: AttemptOutput): void {
    const reading: Reading = { attemptId, output, openPipes: this.#queues.length };
    for (const queue of this.#queues) queue.push(reading);
  }

  /** Stops reading, so that the task waits when it prints faster than its log can be stored. */
  pause(): void {
    for (const pipe of this.#pipes) pipe.pause();
  }

  resume(): void {
    for (const pipe of this.#pipes) pipe.resume();
  }

  #read(pipe: Readable, index: number, token: string): Promise<void> {
    const queue = this.#queues[index] ?? [];
    const reader = new FrameReader(token, {
      text: (bytes) => this.#text(queue[0], index === 0 ? "stdout" : "stderr", bytes),
      frame: (frame) => this.#frame(queue, frame),
    });
    pipe.on("data", (chunk: Buffer) => reader.push(chunk));
    return new Promise((resolve) => {
      // nothing more can be read then; "close" follows
      pipe.on("error", () => undefined);
      pipe.on("close", () => {
        reader.end();
        for (const reading of queue.splice(0)) finishPipe(reading);
        resolve();
      });
    });
  }

  #text(reading: Reading | undefined, source: "stdout" | "stderr", bytes: Buffer): void {
    if (reading === undefined) this.#outside = (this.#outside + bytes.toString("utf8")).slice(-KEPT_OUTSIDE);
    else reading.output.print(source, bytes);
  }

  #frame(queue: Reading[], frame: Frame): void {
    const reading = queue[0];
    if (reading === undefined) {
      if (frame.kind === "stderr") this.#text(undefined, "stderr", Buffer.from(frame.text));
      return;
    }
    switch (frame.kind) {
      case "log":
        reading.output.log(frame.level, frame.message, frame.at);
        return;
      case "stderr":
        reading.output.print("stderr", Buffer.from(frame.text));
        return;
      case "end":
        if (frame.attemptId !== reading.attemptId) return;
        queue.shift();
        finishPipe(reading);
    }
  }
}

function finishPipe(reading: Reading): void {
  reading.openPipes -= 1;
  if (reading.openPipes === 0) reading.output.end();
}
