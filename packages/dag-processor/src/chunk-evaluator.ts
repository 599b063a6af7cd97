import type { Clock } from "@polyflow/service-kit";
import type { BundleToEvaluate, ChunkEnd, FileReply } from "./child/evaluation-message.ts";
import { EvaluationLimits } from "./evaluation-limits.ts";
import type { EvaluationProcess } from "./evaluation-process.ts";
import type { ProcessSupply } from "./process-supply.ts";

/** A compiled file with what it imports that is in no bundle. */
export interface FileOfChunk extends BundleToEvaluate {
  readonly imports: readonly string[];
}

export interface ChunkEvaluatorOptions {
  readonly processes: ProcessSupply;
  readonly clock: Clock;
  readonly parseTimeoutMs: number;
  readonly memoryLimitMb: number;
  /** So many files at most are evaluated in one process. */
  readonly filesPerProcess: number;
  readonly cronDataIntervals: boolean;
}

/** Others wait for a file no longer than this: evaluated alone, it has all of its time. */
const SHARED_TIMEOUT_MS = 1_000;
const LOAD_TIMEOUT_MS = 30_000;
/** A process that waits for the next chunk goes after this. */
const LONGEST_PAUSE_MS = 2_000;

/** A process that has evaluated files and left nothing of them behind. */
interface Session {
  readonly projectDir: string;
  readonly child: EvaluationProcess;
  readonly files: number;
  readonly cancelEnd: () => void;
}

interface ChunkResult extends Omit<ChunkEnd, "kind"> {
  readonly answers: readonly FileReply[];
}

/**
 * Evaluates many files in few processes. Whatever happens to a process, each file gets the answer that it would get alone: those that were not
 * answered for certain are evaluated again, and the one that is to blame is left to the caller, to be evaluated alone. See docs/adr/0014.
 */
export class ChunkEvaluator {
  readonly #options: ChunkEvaluatorOptions;
  #paused: Session[] = [];

  constructor(options: ChunkEvaluatorOptions) {
    this.#options = options;
  }

  /** @returns what files gave, by path, without those to be evaluated alone @throws when no process can be started, or after `stop` */
  async evaluate(projectDir: string, files: readonly FileOfChunk[]): Promise<ReadonlyMap<string, FileReply>> {
    const found = new Map<string, FileReply>();
    let left = files;
    let checkEach = false;
    while (left.length > 0) {
      const { answers, areAnswersGood, isNextSuspect } = await this.#run(projectDir, left, checkEach);
      if (areAnswersGood) for (const [index, answer] of answers.entries()) found.set(left[index]?.relativePath ?? "", answer);
      const suspect = isNextSuspect ? left[answers.length] : undefined;
      const answered = areAnswersGood ? answers.length : 0;
      left = left.slice(answered).filter((file) => file !== suspect);
      // one of them has an effect on others: find it
      if (!areAnswersGood && suspect === undefined) checkEach = true;
    }
    return found;
  }

  /** Forgets the processes that wait; whoever supplies them kills them. */
  stop(): void {
    for (const { cancelEnd } of this.#paused) cancelEnd();
    this.#paused = [];
  }

  async #run(projectDir: string, files: readonly FileOfChunk[], checkEach: boolean): Promise<ChunkResult> {
    const { processes, filesPerProcess } = this.#options;
    const session = this.#takePaused(projectDir);
    const child = session?.child ?? (await processes.take(projectDir));
    const doneBefore = session?.files ?? 0;
    let result: ChunkResult | undefined;
    try {
      result = await this.#runIn(child, { projectDir, files, checkEach });
      if (processes.isStopped) throw new Error("The DAG processor was stopped.");
      return result;
    } finally {
      const done = doneBefore + files.length;
      if (result?.canGoOn === true && done < filesPerProcess) this.#pause({ projectDir, child, files: done });
      else child.kill();
    }
  }

  async #runIn(
    child: EvaluationProcess,
    { projectDir, files, checkEach }: { readonly projectDir: string; readonly files: readonly FileOfChunk[]; readonly checkEach: boolean },
  ): Promise<ChunkResult> {
    const { clock, parseTimeoutMs, memoryLimitMb, cronDataIntervals } = this.#options;
    const limits = new EvaluationLimits(child.pid, clock, { timeoutMs: LOAD_TIMEOUT_MS, memoryMb: memoryLimitMb });
    const answers: FileReply[] = [];
    try {
      const end = child.evaluateChunk(
        {
          kind: "evaluate_chunk",
          projectDir,
          cronDataIntervals,
          files: files.map(({ code, relativePath }) => ({ code, relativePath })),
          imports: [...new Set(files.flatMap(({ imports }) => imports))].sort(),
          checkEach,
        },
        (answer) => {
          if (answer !== undefined && answers.length < files.length) answers.push(answer);
          limits.restart(Math.min(SHARED_TIMEOUT_MS, parseTimeoutMs));
        },
      );
      const outcome = await Promise.race([end, child.ended, limits.exceeded]);
      const isComplete = answers.length === files.length;
      if ("areAnswersGood" in outcome && isConsistent(outcome, { isComplete, hasAnswers: answers.length > 0, checkEach }))
        return { ...outcome, answers };
      // It died, hung, took too much, or said what makes no sense. What it said before was looked at only if each file was.
      return { answers, areAnswersGood: checkEach, isNextSuspect: true, canGoOn: false };
    } finally {
      limits.stop();
    }
  }

  #takePaused(projectDir: string): Session | undefined {
    const session = this.#paused.find((candidate) => candidate.projectDir === projectDir);
    if (session === undefined) return undefined;
    session.cancelEnd();
    this.#paused = this.#paused.filter((candidate) => candidate !== session);
    return session;
  }

  #pause(session: Omit<Session, "cancelEnd">): void {
    const cancelEnd = this.#options.clock.schedule(LONGEST_PAUSE_MS, () => {
      this.#paused = this.#paused.filter((candidate) => candidate.child !== session.child);
      session.child.kill();
    });
    this.#paused.push({ ...session, cancelEnd });
    void session.child.ended.then(() => {
      this.#paused = this.#paused.filter((candidate) => candidate.child !== session.child);
    });
  }
}

/** A file's code runs in the process that says this: an end that leads nowhere must not make the same chunk run for ever. */
function isConsistent(
  { areAnswersGood, isNextSuspect, canGoOn }: ChunkEnd,
  { isComplete, hasAnswers, checkEach }: { readonly isComplete: boolean; readonly hasAnswers: boolean; readonly checkEach: boolean },
): boolean {
  if (isComplete ? isNextSuspect : canGoOn) return false;
  return areAnswersGood ? hasAnswers || isNextSuspect : !checkEach && !canGoOn;
}
