import type { Clock, Logger } from "@polyflow/service-kit";
import type { EvaluationRequest, FileReply } from "./child/evaluation-message.ts";
import { ChunkEvaluator, type FileOfChunk } from "./chunk-evaluator.ts";
import { EvaluationLimits } from "./evaluation-limits.ts";
import type { EvaluationProcess } from "./evaluation-process.ts";
import { explainSilence } from "./explain-silence.ts";
import { ProcessSupply } from "./process-supply.ts";

export type EvaluationOutcome = FileReply;

export interface EvaluatorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly parseTimeoutMs: number;
  readonly memoryLimitMb: number;
  readonly filesPerProcess: number;
  readonly idleMs: number;
  readonly readableFolders: readonly string[];
  readonly cronDataIntervals: boolean;
}

/** Evaluates bundles in child processes: a saved file in a process of its own, many files in few processes. */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #processes: ProcessSupply;
  readonly #chunks: ChunkEvaluator;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#processes = new ProcessSupply(options);
    this.#chunks = new ChunkEvaluator({ ...options, processes: this.#processes });
  }

  /** Starts the process that will evaluate the next bundle of the project. */
  warmUp(projectDir: string): void {
    this.#processes.warmUp(projectDir);
  }

  /** Never rejects for what the file does; rejects when no process can be started, or after `stop`. */
  async evaluate(file: Omit<EvaluationRequest, "kind" | "cronDataIntervals">): Promise<EvaluationOutcome> {
    const child = await this.#processes.take(file.projectDir);
    try {
      return await this.#evaluateIn(child, { kind: "evaluate", cronDataIntervals: this.#options.cronDataIntervals, ...file });
    } finally {
      child.kill();
      this.#processes.warmUp(file.projectDir);
    }
  }

  /**
   * Evaluates files one after another in the same process.
   * @returns what they gave, by path; a file that is missing there has to be evaluated alone
   */
  evaluateMany(projectDir: string, files: readonly FileOfChunk[]): Promise<ReadonlyMap<string, EvaluationOutcome>> {
    return this.#chunks.evaluate(projectDir, files);
  }

  /** Kills all processes; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#chunks.stop();
    await this.#processes.stop();
  }

  async #evaluateIn(child: EvaluationProcess, request: EvaluationRequest): Promise<EvaluationOutcome> {
    const { parseTimeoutMs, memoryLimitMb, clock } = this.#options;
    const limits = new EvaluationLimits(child.pid, clock, { timeoutMs: parseTimeoutMs, memoryMb: memoryLimitMb });
    try {
      const ended = child.ended.then((end) => ({ kind: "ended", end }) as const);
      const reply = await Promise.race([child.evaluate(request), ended, limits.exceeded]);
      if (this.#processes.isStopped) throw new Error("The DAG processor was stopped.");
      if (reply.kind === "dags" || reply.kind === "problem") return reply;
      return { kind: "problem", problem: explainSilence(reply, this.#options), reads: [] };
    } finally {
      limits.stop();
    }
  }
}
