import { pathToFileURL } from "node:url";
import type { Clock, Logger } from "@polyflow/service-kit";
import { CompiledSources } from "./compiled-sources.ts";
import { EvaluationProcess, INSTALLATION } from "./evaluation-process.ts";

export interface ProcessSupplyOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly memoryLimitMb: number;
  readonly readableFolders: readonly string[];
  /** A process that nobody has needed for so long is ended. */
  readonly idleMs: number;
}

const START_TIMEOUT_MS = 30_000;

/** A process that stands ready for files of one project: it may read that project's files and no other's. */
interface Spare {
  readonly projectDir: string;
  readonly child: EvaluationProcess;
  readonly cancelEnd: () => void;
}

/** Starts the processes that evaluate files. One stands ready beforehand, since starting takes longer than evaluating; it goes when nobody needs it. */
export class ProcessSupply {
  readonly #options: ProcessSupplyOptions;
  readonly #compiled = new CompiledSources(pathToFileURL(INSTALLATION).href);
  readonly #living = new Set<EvaluationProcess>();
  #spare: Spare | undefined;
  #isStopped = false;

  constructor(options: ProcessSupplyOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Starts the process that will evaluate the next file of the project, if none is ready. */
  warmUp(projectDir: string): void {
    if (this.#isStopped || this.#spare !== undefined) return;
    const child = this.#start(projectDir);
    const cancelEnd = this.#options.clock.schedule(this.#options.idleMs, () => {
      // A file that is saved at this moment must not be given a process that is about to end.
      this.#spare = undefined;
      child.kill();
    });
    this.#spare = { projectDir, child, cancelEnd };
  }

  /** A process that is ready. Kill it after use. @throws when none can be started, or after `stop` */
  async take(projectDir: string): Promise<EvaluationProcess> {
    if (this.#isStopped) throw new Error("The DAG processor is stopped.");
    const child = this.#takeSpare(projectDir) ?? this.#start(projectDir);
    try {
      await this.#withinStartTime(child.ready);
      return child;
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Kills all processes; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#spare?.cancelEnd();
    this.#spare = undefined;
    const living = [...this.#living];
    for (const child of living) child.kill();
    await Promise.all(living.map((child) => child.ended));
  }

  #takeSpare(projectDir: string): EvaluationProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    spare?.cancelEnd();
    if (spare?.projectDir === projectDir) return spare.child;
    spare?.child.kill();
    return undefined;
  }

  #start(projectDir: string): EvaluationProcess {
    const child: EvaluationProcess = new EvaluationProcess({
      memoryLimitMb: this.#options.memoryLimitMb,
      readableFolders: [projectDir, ...this.#options.readableFolders],
      compiled: this.#compiled.forProcess(),
      onUncompiled: (url) => {
        this.#compiled
          .add(url)
          .catch((error: unknown) => this.#options.logger.warn("a file of Polyflow could not be compiled", { url, error }));
      },
    });
    this.#living.add(child);
    void child.ended.then(() => {
      this.#living.delete(child);
      if (this.#spare?.child !== child) return;
      this.#spare.cancelEnd();
      this.#spare = undefined;
    });
    return child;
  }

  #withinStartTime(work: Promise<void>): Promise<void> {
    return new Promise((fulfil, reject) => {
      const cancel = this.#options.clock.schedule(START_TIMEOUT_MS, () =>
        reject(new Error(`The process for DAG files was not ready after ${START_TIMEOUT_MS} ms.`)),
      );
      work.then(fulfil, reject).finally(cancel);
    });
  }
}
