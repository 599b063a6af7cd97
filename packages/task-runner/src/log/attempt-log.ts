import type { LogLevel, LogLine } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import type { AttemptOutput } from "../process/output-pipes.ts";
import { LineAssembler } from "./line-assembler.ts";
import type { AssembledLine } from "./line-assembler.ts";
import { LogShipper } from "./log-shipper.ts";
import type { SecretMask } from "./secret-mask.ts";

export interface LogLimits {
  /** Longer lines are cut and marked. */
  readonly maxLineBytes: number;
  /** What an attempt prints beyond this is left out and marked. */
  readonly maxBytes: number;
}

export interface AttemptLogParts {
  readonly clock: Clock;
  readonly limits: LogLimits;
  readonly mask: SecretMask;
  /** Stores lines; resolves when that is done, or given up for good. */
  readonly ship: (lines: readonly LogLine[]) => Promise<void>;
  /** Called before the last lines are sent. */
  readonly onTail: () => void;
}

/** A process whose output is read; it waits when it prints faster than the log can be stored. */
export interface OutputSource {
  attach(attemptId: string, output: AttemptOutput): void;
  holdOutput(holder: object): void;
  letOutputGo(holder: object): void;
}

export interface SystemLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** How long the end of an attempt's output may be missing after its end, while nothing holds it back. */
const LAST_OUTPUT_MS = 10_000;

/** The log of one attempt: takes what is printed and what Polyflow says about it; masks, cuts, caps, passes on. */
export class AttemptLog implements AttemptOutput {
  readonly #parts: AttemptLogParts;
  readonly #assemblers: { readonly stdout: LineAssembler; readonly stderr: LineAssembler };
  readonly #shipper: LogShipper;
  readonly #ended = Promise.withResolvers<void>();
  #source: OutputSource | undefined;
  #bytes = 0;
  #droppedLines = 0;
  #heapExhausted = false;

  constructor(parts: AttemptLogParts) {
    this.#parts = parts;
    this.#shipper = new LogShipper({
      clock: parts.clock,
      ship: parts.ship,
      onPressure: (high) => (high ? this.#source?.holdOutput(this) : this.#source?.letOutputGo(this)),
    });
    const { maxLineBytes } = parts.limits;
    this.#assemblers = {
      stdout: new LineAssembler(maxLineBytes, (line) => this.#line("info", "stdout", line)),
      stderr: new LineAssembler(maxLineBytes, (line) => this.#line("warning", "stderr", line)),
    };
  }

  /** From now on this log takes what the process prints, until the attempt's end mark. */
  takeFrom(source: OutputSource, attemptId: string): void {
    this.#source = source;
    source.attach(attemptId, this);
  }

  /** Waits for the rest of the output, adds the last lines, and resolves when all is stored. */
  async close(last: readonly SystemLine[]): Promise<void> {
    while (!(await this.#endedWithin(LAST_OUTPUT_MS))) {
      if (!this.#shipper.isUnderPressure) this.end();
    }
    for (const line of last) this.system(line.level, line.message);
    this.#parts.onTail();
    await this.#shipper.flush();
  }

  /** The process printed V8's message that its heap is full. */
  get heapExhausted(): boolean {
    return this.#heapExhausted;
  }

  print(source: "stdout" | "stderr", bytes: Buffer): void {
    this.#assemblers[source].push(bytes);
  }

  log(level: LogLevel, message: string, at: number): void {
    for (const text of message.replaceAll("\0", "").split(/\r?\n/)) {
      this.#line(level, "task", { text, bytes: Buffer.byteLength(text) }, at);
    }
  }

  /** A line of Polyflow's own; not counted, so that it shows also when the attempt has printed too much. */
  system(level: LogLevel, message: string): void {
    for (const text of message.split("\n")) this.#ship(level, "system", this.#parts.mask.apply(text));
  }

  end(): void {
    this.#assemblers.stdout.end();
    this.#assemblers.stderr.end();
    if (this.#droppedLines > 0) this.system("warning", `${this.#droppedLines} more lines were printed and not kept.`);
    this.#droppedLines = 0;
    this.#ended.resolve();
  }

  async #endedWithin(delayMs: number): Promise<boolean> {
    const timeout = Promise.withResolvers<boolean>();
    const cancel = this.#parts.clock.schedule(delayMs, () => timeout.resolve(false));
    const ended = await Promise.race([this.#ended.promise.then(() => true), timeout.promise]);
    cancel();
    return ended;
  }

  #line(level: LogLevel, source: LogLine["source"], line: AssembledLine, at?: number): void {
    const { limits, mask } = this.#parts;
    if (source === "stderr" && line.text.includes("JavaScript heap out of memory")) this.#heapExhausted = true;
    if (this.#bytes >= limits.maxBytes) {
      if (this.#droppedLines === 0) this.system("warning", `The log is cut here: the attempt printed more than ${limits.maxBytes} bytes.`);
      this.#droppedLines += 1;
      return;
    }
    const text = cutLine(mask.apply(line.text), line.bytes, limits.maxLineBytes);
    this.#bytes += Math.min(line.bytes, limits.maxLineBytes);
    this.#ship(level, source, text, at);
  }

  #ship(level: LogLevel, source: LogLine["source"], message: string, at = this.#parts.clock.now()): void {
    this.#shipper.add({ at: new Date(at).toISOString(), level, source, message });
  }
}

function cutLine(text: string, printedBytes: number, maxLineBytes: number): string {
  if (printedBytes <= maxLineBytes) return text;
  return `${text.slice(0, maxLineBytes)} … [cut: the line has ${printedBytes} bytes]`;
}
