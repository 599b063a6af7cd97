import type { Clock, Logger } from "@polyflow/service-kit";
import { pathToFileURL } from "node:url";
import type { EvaluatedDag, EvaluationRequest } from "./child/evaluation-message.ts";
import { CompiledSources } from "./compiled-sources.ts";
import { EvaluationProcess, INSTALLATION, type ProcessEnd } from "./evaluation-process.ts";
import { type FileProblem, wholeFileProblem } from "./file-problem.ts";
import { residentBytes } from "./resident-memory.ts";

export type EvaluationOutcome =
  | { readonly kind: "dags"; readonly dags: readonly EvaluatedDag[]; readonly reads: readonly string[] }
  | { readonly kind: "problem"; readonly problem: FileProblem; readonly reads: readonly string[] };

export interface EvaluatorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly parseTimeoutMs: number;
  readonly memoryLimitMb: number;
  readonly readableFolders: readonly string[];
}

const START_TIMEOUT_MS = 30_000;
const MEMORY_CHECK_MS = 20;

/** A process that stands ready for a bundle of one project: it may read that project's files and no other's. */
interface Spare {
  readonly projectDir: string;
  readonly child: EvaluationProcess;
}

/** Evaluates bundles in child processes, one process per bundle. One stands ready beforehand, since starting takes longer than evaluating. */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #compiled = new CompiledSources(pathToFileURL(INSTALLATION).href);
  readonly #living = new Set<EvaluationProcess>();
  #spare: Spare | undefined;
  #isStopped = false;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
  }

  /** Starts the process that will evaluate the next bundle of the project. */
  warmUp(projectDir: string): void {
    if (!this.#isStopped) this.#spare ??= { projectDir, child: this.#start(projectDir) };
  }

  /** Never rejects for what the file does; rejects when no process can be started, or after `stop`. */
  async evaluate(request: EvaluationRequest): Promise<EvaluationOutcome> {
    if (this.#isStopped) throw new Error("The DAG processor is stopped.");
    const child = this.#takeSpare(request.projectDir) ?? this.#start(request.projectDir);
    try {
      await this.#within(START_TIMEOUT_MS, child.ready);
      return await this.#evaluateIn(child, request);
    } finally {
      child.kill();
      this.warmUp(request.projectDir);
    }
  }

  /** Kills all processes; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#spare = undefined;
    const living = [...this.#living];
    for (const child of living) child.kill();
    await Promise.all(living.map((child) => child.ended));
  }

  async #evaluateIn(child: EvaluationProcess, request: EvaluationRequest): Promise<EvaluationOutcome> {
    const { parseTimeoutMs, memoryLimitMb, clock } = this.#options;
    const limits = new Limits(child, clock, parseTimeoutMs, memoryLimitMb * 1_048_576);
    try {
      const ended = child.ended.then((end) => ({ kind: "ended", end }) as const);
      const reply = await Promise.race([child.evaluate(request), ended, limits.exceeded]);
      if (this.#isStopped) throw new Error("The DAG processor was stopped.");
      if (reply.kind === "dags" || reply.kind === "problem") return reply;
      return { kind: "problem", problem: explain(reply, this.#options), reads: [] };
    } finally {
      limits.stop();
    }
  }

  #takeSpare(projectDir: string): EvaluationProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.projectDir === projectDir) return spare.child;
    spare?.child.kill();
    return undefined;
  }

  #start(projectDir: string): EvaluationProcess {
    const child: EvaluationProcess = new EvaluationProcess({
      memoryLimitMb: this.#options.memoryLimitMb,
      readableFolders: [projectDir, ...this.#options.readableFolders],
      compiledSources: this.#compiled.all,
      onUncompiled: (url) => {
        this.#compiled
          .add(url)
          .catch((error: unknown) => this.#options.logger.warn("a file of Polyflow could not be compiled", { url, error }));
      },
    });
    this.#living.add(child);
    void child.ended.then(() => {
      this.#living.delete(child);
      if (this.#spare?.child === child) this.#spare = undefined;
    });
    return child;
  }

  #within(limitMs: number, work: Promise<void>): Promise<void> {
    return new Promise((fulfil, reject) => {
      const cancel = this.#options.clock.schedule(limitMs, () =>
        reject(new Error(`The process for DAG files was not ready after ${limitMs} ms.`)),
      );
      work.then(fulfil, reject).finally(cancel);
    });
  }
}

type LimitExceeded = { readonly kind: "timeout" } | { readonly kind: "memory" };

/** Watches a process while it imports a file. */
class Limits {
  readonly exceeded: Promise<LimitExceeded>;
  readonly #clock: Clock;
  readonly #cancelTimeout: () => void;
  #cancelCheck: () => void = () => undefined;
  #isStopped = false;

  constructor(child: EvaluationProcess, clock: Clock, timeoutMs: number, memoryBytes: number) {
    this.#clock = clock;
    const exceeded = Promise.withResolvers<LimitExceeded>();
    this.exceeded = exceeded.promise;
    this.#cancelTimeout = clock.schedule(timeoutMs, () => exceeded.resolve({ kind: "timeout" }));
    this.#watchMemory(child.pid, memoryBytes, () => exceeded.resolve({ kind: "memory" }), exceeded.reject);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimeout();
    this.#cancelCheck();
  }

  #watchMemory(pid: number | undefined, limitBytes: number, tell: () => void, fail: (error: unknown) => void): void {
    if (pid === undefined) return;
    const check = async (): Promise<void> => {
      const bytes = await residentBytes(pid);
      if (bytes !== undefined && bytes > limitBytes) return tell();
      if (!this.#isStopped) this.#cancelCheck = this.#clock.schedule(MEMORY_CHECK_MS, run);
    };
    const run = (): void => void check().catch(fail);
    this.#cancelCheck = this.#clock.schedule(MEMORY_CHECK_MS, run);
  }
}

type Unanswered =
  | LimitExceeded
  | { readonly kind: "ended"; readonly end: ProcessEnd }
  | { readonly kind: "nonsense"; readonly reason: string };

/** Why there is no answer, for the author. */
function explain(reply: Unanswered, { parseTimeoutMs, memoryLimitMb }: EvaluatorOptions): FileProblem {
  switch (reply.kind) {
    case "timeout":
      return wholeFileProblem(
        "dag_file_timeout",
        `Importing the file took more than ${parseTimeoutMs / 1_000} s. Look for an endless loop, a wait at the top level, or work that belongs into a task.`,
      );
    case "memory":
      return overMemory(memoryLimitMb);
    case "ended":
      return explainEnd(reply.end, memoryLimitMb);
    case "nonsense":
      return wholeFileProblem(
        "dag_invalid",
        `The DAG cannot be published: ${reply.reason}. Was its definition changed after dag() made it?`,
      );
  }
}

function explainEnd({ exitCode, signal, output }: ProcessEnd, memoryLimitMb: number): FileProblem {
  if (signal === "SIGABRT" || exitCode === 134 || output.includes("JavaScript heap out of memory")) return overMemory(memoryLimitMb);
  const how = signal === null ? `ended its process with exit code ${exitCode}` : `got its process killed by ${signal}`;
  const printed = output.trim() === "" ? "" : ` It printed: ${output.trim().slice(0, 2_000)}`;
  const message = `While it was imported, the file ${how}. A DAG file must not call process.exit or kill its process.${printed}`;
  return wholeFileProblem("dag_file_exited", message);
}

function overMemory(memoryLimitMb: number): FileProblem {
  const message = `Importing the file took more than ${memoryLimitMb} MB of memory. Read and transform data in tasks, not at the top level of a file.`;
  return wholeFileProblem("dag_file_memory", message);
}
