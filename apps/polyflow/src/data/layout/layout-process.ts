import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import type { LayoutLook, LayoutQuestion } from "@polyflow/loader";
import type { Clock, Logger } from "@polyflow/service-kit";
import { layoutAnswer } from "./layout-messages.ts";

const MAIN = fileURLToPath(new URL("layout-child.ts", import.meta.url));

export interface LayoutLimits {
  /** A file that takes longer is given up, and the child with it. */
  readonly answerWithinMs: number;
  readonly memoryMb: number;
  /** A child that nobody asks ends. */
  readonly idleMs: number;
  /** Children at once. */
  readonly children: number;
}

export interface LayoutProcessesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folders that the children may read; everything else is closed to them. */
  readonly readableFolders: readonly string[];
  /** Folder that the children may write: what an archive holds has to be unpacked somewhere. */
  readonly scratchFolder: string;
  readonly limits: LayoutLimits;
}

interface Waiting {
  readonly question: LayoutQuestion;
  readonly settle: { readonly resolve: (look: LayoutLook) => void; readonly reject: (error: unknown) => void };
}

interface Worker {
  readonly child: ChildProcess;
  busy: { readonly waiting: Waiting; readonly id: number; readonly cancelTimeout: () => void } | undefined;
  cancelIdle: (() => void) | undefined;
}

/**
 * Children that read files for the layout designer, each one file at a time: started at the first question, ended when idle, slow or too
 * large. What a file holds is taken apart in them alone, so that none can stop or blow up the server.
 */
export class LayoutProcesses {
  readonly #options: LayoutProcessesOptions;
  readonly #workers = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  #lastId = 0;

  constructor(options: LayoutProcessesOptions) {
    this.#options = options;
  }

  /** @throws PolyflowError `source_unreadable` for a file that takes too long or too much memory, and what `lookAtLayout` throws */
  async look(question: LayoutQuestion, signal: AbortSignal): Promise<LayoutLook> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<LayoutLook>();
    const waiting: Waiting = { question, settle: { resolve, reject } };
    const abort = (): void => this.#giveUp(waiting, signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#queue.push(waiting);
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  stop(): void {
    for (const waiting of this.#queue.splice(0)) waiting.settle.reject(new PolyflowError("server_unavailable", "Polyflow stops."));
    for (const worker of this.#workers) this.#end(worker, new PolyflowError("server_unavailable", "Polyflow stops."));
  }

  /** Gives the next question to a child that is free. */
  #next(): void {
    const free = [...this.#workers].find((worker) => worker.busy === undefined);
    if (this.#queue.length === 0 || (free === undefined && this.#workers.size >= this.#options.limits.children)) return;
    const worker = free ?? this.#started();
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    const id = ++this.#lastId;
    const { clock, limits } = this.#options;
    worker.cancelIdle?.();
    const cancelTimeout = clock.schedule(limits.answerWithinMs, () => this.#end(worker, tooSlow(waiting.question, limits.answerWithinMs)));
    worker.busy = { waiting, id, cancelTimeout };
    worker.child.send({ id, question: waiting.question });
  }

  #started(): Worker {
    const { readableFolders, scratchFolder, limits, logger } = this.#options;
    const child = fork(MAIN, [], {
      env: { TMPDIR: scratchFolder },
      execArgv: [
        `--max-old-space-size=${limits.memoryMb}`,
        "--permission",
        ...[...readableFolders, scratchFolder].map((folder) => `--allow-fs-read=${folder}`),
        `--allow-fs-write=${scratchFolder}`,
      ],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
    });
    const worker: Worker = { child, busy: undefined, cancelIdle: undefined };
    child.stderr?.on("data", (chunk: Buffer) => logger.debug("layout child", { text: chunk.toString("utf8").slice(0, 2000) }));
    child.on("message", (message) => this.#receive(worker, message));
    child.once("exit", (code, signal) => this.#end(worker, tooLarge(worker.busy?.waiting.question, signal ?? `code ${code ?? 0}`)));
    child.once("error", (error) => this.#end(worker, error));
    this.#workers.add(worker);
    return worker;
  }

  #receive(worker: Worker, message: unknown): void {
    const answer = layoutAnswer.safeParse(message);
    const { busy } = worker;
    if (!answer.success || busy === undefined || answer.data.id !== busy.id) return;
    const { clock, limits } = this.#options;
    busy.cancelTimeout();
    worker.busy = undefined;
    worker.cancelIdle = clock.schedule(limits.idleMs, () => this.#end(worker, undefined));
    const { settle, question } = busy.waiting;
    const { data } = answer;
    if (data.kind === "looked") settle.resolve(data.look);
    else if (data.kind === "refused") settle.reject(new PolyflowError(data.code, data.message));
    else settle.reject(new PolyflowError("source_unreadable", `${question.path} cannot be read: ${data.message}`));
    this.#next();
  }

  #giveUp(waiting: Waiting, reason: unknown): void {
    const place = this.#queue.indexOf(waiting);
    if (place >= 0) {
      this.#queue.splice(place, 1);
      waiting.settle.reject(reason);
      return;
    }
    const worker = [...this.#workers].find(({ busy }) => busy?.waiting === waiting);
    if (worker !== undefined) this.#end(worker, reason);
  }

  #end(worker: Worker, reason: unknown): void {
    if (!this.#workers.delete(worker)) return;
    worker.cancelIdle?.();
    worker.busy?.cancelTimeout();
    worker.child.kill("SIGKILL");
    worker.busy?.waiting.settle.reject(reason);
    this.#next();
  }
}

function tooSlow({ path }: LayoutQuestion, withinMs: number): PolyflowError {
  return new PolyflowError(
    "source_unreadable",
    `Reading ${path} took longer than ${withinMs / 1000} s and was given up. Try a smaller file of the same kind, or raise [webserver] layout_seconds.`,
  );
}

function tooLarge(question: LayoutQuestion | undefined, how: string): PolyflowError {
  return new PolyflowError(
    "source_unreadable",
    `Reading ${question?.path ?? "the file"} ended before its time (${how}): it may take more memory than [webserver] layout_memory_mb allows.`,
  );
}
