import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { setImmediate as nextTurn } from "node:timers/promises";
import { registerPolyflowResolution } from "@polyflow/sdk/runtime";
import { describeProblem } from "./describe-problem.ts";
import { evaluateFile } from "./evaluate-file.ts";
import type { BundleToEvaluate, ChunkRequest, EvaluationReply, FileReply } from "./evaluation-message.ts";
import { readsOfProject } from "./record-reads.ts";
import { Surroundings } from "./surroundings.ts";

/** The process ends when its files have left so much in memory: another one starts from nothing. */
const MOST_MEMORY_GROWTH_BYTES = 128 * 1_048_576;

/** Taken before any file can replace them. */
const nextTick = process.nextTick.bind(process);
const residentBytes = process.memoryUsage.rss.bind(process.memoryUsage);

/**
 * Imports files one after another in one process, and stops as soon as one of them may have an effect on those after it: then the process ends,
 * and the rest goes to another. What a file says counts only if all files before it have left everything as it was.
 */
export class ChunkEvaluation {
  readonly #projectDir: string;
  readonly #folderUrl: string;
  readonly #reads: Set<string>;
  readonly #send: (reply: EvaluationReply) => void;
  readonly #surroundings = new Surroundings();
  #memoryAtStart: number | undefined;
  #checkEach = false;
  #hasFailedBeside = false;
  #hasLoaded = false;
  #isOver = false;

  constructor(projectDir: string, reads: Set<string>, send: (reply: EvaluationReply) => void) {
    this.#projectDir = projectDir;
    this.#folderUrl = `${pathToFileURL(projectDir).href}/`;
    this.#reads = reads;
    this.#send = send;
  }

  /**
   * Hears of errors outside of an import's own promise, of the file that is being imported or of one before it; and of modules of the project that a
   * file imports beside its bundle: Node keeps them, so that the next file would get them as this one has left them.
   */
  watch(): void {
    // what is loaded beforehand has to be what bundles get
    registerPolyflowResolution();
    registerHooks({
      load: (url, context, nextLoad) => {
        if (url.startsWith(this.#folderUrl) && !/\?bundle=\d+$/.test(url)) this.#hasLoaded = true;
        return nextLoad(url, context);
      },
    });
    process.on("uncaughtException", () => {
      this.#hasFailedBeside = true;
      // the import that is under way may never end
      nextTick(() => this.#end(this.#areAnswersGood(), true));
    });
  }

  async run({ files, imports, checkEach }: ChunkRequest): Promise<void> {
    this.#checkEach = checkEach;
    await this.#surroundings.load(imports);
    this.#memoryAtStart ??= residentBytes();
    this.#send({ kind: "ready" });
    for (const [index, file] of files.entries()) {
      const answer = await this.#evaluate(file);
      if (this.#isOver) return;
      if (this.#hasFailedBeside) return this.#end(this.#areAnswersGood(), true);
      const isEnd = this.#surroundings.hasLeftovers() || this.#hasLoaded || this.#isFull();
      const isToBeChecked = checkEach || isEnd || answer.kind === "problem" || index === files.length - 1;
      const isChanged = isToBeChecked && !this.#surroundings.isUnchanged();
      if (isChanged && !checkEach) return this.#end(false, false);
      // all before it was looked at, so that its own answer holds whatever it has changed
      this.#send({ kind: "answer", answer });
      if (isEnd || isChanged) return this.#end(true, false);
    }
    this.#send({ kind: "chunk_end", areAnswersGood: true, isNextSuspect: false, canGoOn: true });
  }

  async #evaluate(file: BundleToEvaluate): Promise<FileReply> {
    this.#reads.clear();
    const reads = (): readonly string[] => readsOfProject(this.#reads, this.#projectDir);
    try {
      const dags = await evaluateFile(this.#projectDir, file);
      // what the file goes on with after its import, it does before the next one
      await nextTurn();
      return { kind: "dags", dags, reads: reads() };
    } catch (error) {
      return { kind: "problem", problem: describeProblem(error, this.#projectDir), reads: reads() };
    }
  }

  #areAnswersGood(): boolean {
    return this.#checkEach || this.#surroundings.isUnchanged();
  }

  #end(areAnswersGood: boolean, isNextSuspect: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#send({ kind: "chunk_end", areAnswersGood, isNextSuspect, canGoOn: false });
  }

  #isFull(): boolean {
    return residentBytes() - (this.#memoryAtStart ?? 0) > MOST_MEMORY_GROWTH_BYTES;
  }
}
