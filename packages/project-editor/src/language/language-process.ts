import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import { type LanguageAnswer, type LanguageQuestion, languageAnswer } from "./messages.ts";

const MAIN = fileURLToPath(new URL("../child/main.ts", import.meta.url));

export interface LanguageLimits {
  /** A question that takes longer ends the child. */
  readonly answerWithinMs: number;
  readonly memoryMb: number;
  /** A child that nobody asks ends. */
  readonly idleMs: number;
}

export interface LanguageProcessOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folders that the child may read; everything else is closed to it, writing everywhere. */
  readonly readableFolders: readonly string[];
  readonly limits: LanguageLimits;
}

interface Waiting {
  readonly resolve: (answer: LanguageAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly cancelTimeout: () => void;
}

/** The child that knows TypeScript: started at the first question, ended when it is idle, slow or too large. */
export class LanguageProcess {
  readonly #options: LanguageProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #cancelIdle: (() => void) | undefined;
  #lastId = 0;

  constructor(options: LanguageProcessOptions) {
    this.#options = options;
  }

  /** @throws PolyflowError `code_assistant_failed` */
  ask(question: Omit<LanguageQuestion, "id">): Promise<LanguageAnswer> {
    const child = this.#started();
    const id = ++this.#lastId;
    const { clock, limits } = this.#options;
    this.#cancelIdle?.();
    return new Promise<LanguageAnswer>((resolve, reject) => {
      const cancelTimeout = clock.schedule(limits.answerWithinMs, () => {
        this.#end(failure(`it took longer than ${limits.answerWithinMs / 1000} s`));
      });
      this.#waiting.set(id, { resolve, reject, cancelTimeout });
      child.send({ ...question, id });
    }).finally(() => this.#endWhenIdle());
  }

  stop(): void {
    this.#end(failure("Polyflow stops"));
  }

  #started(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const { readableFolders, limits, logger } = this.#options;
    const child = fork(MAIN, [], {
      env: {},
      execArgv: [
        `--max-old-space-size=${limits.memoryMb}`,
        "--permission",
        ...readableFolders.map((folder) => `--allow-fs-read=${folder}`),
      ],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.on("data", (chunk: Buffer) => logger.debug("language child", { text: chunk.toString("utf8").slice(0, 2000) }));
    child.on("message", (message) => this.#receive(message));
    child.once("exit", (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#rejectAll(
        failure(signal === null ? `it ended with ${code ?? 0}` : `it was ended by ${signal}; the project may be too large for it`),
      );
    });
    child.once("error", (error) => this.#end(failure(error.message)));
    this.#child = child;
    return child;
  }

  #receive(message: unknown): void {
    const answer = languageAnswer.safeParse(message);
    const waiting = answer.success ? this.#waiting.get(answer.data.id) : undefined;
    if (!answer.success || waiting === undefined) return;
    this.#waiting.delete(answer.data.id);
    waiting.cancelTimeout();
    if (answer.data.kind === "failed") waiting.reject(failure(answer.data.message));
    else waiting.resolve(answer.data);
  }

  #endWhenIdle(): void {
    if (this.#waiting.size > 0 || this.#child === undefined) return;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#options.clock.schedule(this.#options.limits.idleMs, () => this.#end(failure("it was idle")));
  }

  #end(reason: PolyflowError): void {
    const child = this.#child;
    this.#child = undefined;
    this.#cancelIdle?.();
    child?.kill("SIGKILL");
    this.#rejectAll(reason);
  }

  #rejectAll(reason: PolyflowError): void {
    for (const { reject, cancelTimeout } of this.#waiting.values()) {
      cancelTimeout();
      reject(reason);
    }
    this.#waiting.clear();
  }
}

function failure(reason: string): PolyflowError {
  return new PolyflowError("code_assistant_failed", `The check of types gave no answer: ${reason}. The file can be saved all the same.`);
}
