import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isPolyflowError } from "@polyflow/contracts";
import { validateSchedule } from "@polyflow/lifecycle";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { ParsedFile } from "@polyflow/store";
import { bundleFile, type FileBundle } from "./bundle-file.ts";
import type { EvaluatedDag } from "./child/evaluation-message.ts";
import { type EvaluationOutcome, Evaluator } from "./evaluator.ts";
import { type FileProblem, wholeFileProblem } from "./file-problem.ts";
import { type DagProcessorSettings, DEFAULT_SETTINGS, type Project } from "./options.ts";

/** What reading a DAG file gave. */
export interface ReadFile {
  readonly parsed: ParsedFile;
  /** Absolute paths of the files that it was made of, as far as they are known. */
  readonly inputs: readonly string[];
  /** Absolute paths of files and folders of the project that it looked at while it was imported. */
  readonly reads: readonly string[];
  /** Hash of the source and all that it imports. */
  readonly contentHash: string;
}

/** Reads DAG files in child processes. */
export interface DagFileReader {
  /**
   * Compiles and evaluates one file. What is wrong with the file is part of the result.
   * @param knownHash content that needs no reading again; then the result is undefined
   * @throws when the file cannot be read, or no process can be started
   */
  read(project: Project, relativePath: string, knownHash?: string): Promise<ReadFile | undefined>;
  /** Kills the processes. */
  close(): Promise<void>;
}

export interface DagFileReaderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Those that files will be read of; a process is started beforehand for the first. */
  readonly projects: readonly Project[];
  readonly settings?: Partial<DagProcessorSettings>;
}

/** A reader for the DAG processor and for commands that read single files. Close it after use. */
export function createDagFileReader({ clock, logger, projects, settings = {} }: DagFileReaderOptions): DagFileReader {
  const { parseTimeoutMs, memoryLimitMb, readableFolders, cronDataIntervals } = { ...DEFAULT_SETTINGS, ...settings };
  const evaluator = new Evaluator({ clock, logger, parseTimeoutMs, memoryLimitMb, readableFolders });
  const [first] = projects;
  if (first !== undefined) evaluator.warmUp(first.dir);
  return {
    read: (project, relativePath, knownHash) =>
      new FileReading({ evaluator, clock, cronDataIntervals }, project, relativePath).run(knownHash),
    close: () => evaluator.stop(),
  };
}

/** Reads one file of a project, and nothing else. @throws when the file cannot be read */
export async function readDagFile(
  options: Omit<DagFileReaderOptions, "projects"> & { readonly project: Project; readonly relativePath: string },
): Promise<ParsedFile> {
  const reader = createDagFileReader({ ...options, projects: [options.project] });
  try {
    const read = await reader.read(options.project, options.relativePath);
    if (read === undefined) throw new Error("unreachable: no known hash was given");
    return read.parsed;
  } finally {
    await reader.close();
  }
}

class FileReading {
  readonly #evaluator: Evaluator;
  readonly #clock: Clock;
  readonly #cronDataIntervals: boolean;
  readonly #project: Project;
  readonly #relativePath: string;

  constructor(
    { evaluator, clock, cronDataIntervals }: { readonly evaluator: Evaluator; readonly clock: Clock; readonly cronDataIntervals: boolean },
    project: Project,
    relativePath: string,
  ) {
    this.#evaluator = evaluator;
    this.#clock = clock;
    this.#cronDataIntervals = cronDataIntervals;
    this.#project = project;
    this.#relativePath = relativePath;
  }

  async run(knownHash: string | undefined): Promise<ReadFile | undefined> {
    const beganMs = this.#clock.monotonicMs();
    const path = join(this.#project.dir, this.#relativePath);
    const source = await readFile(path, "utf8");
    const bundled = await bundleFile(this.#project.dir, this.#relativePath);
    if (bundled.kind === "problem") {
      const contentHash = hashOf(source, JSON.stringify(bundled.problem));
      return contentHash === knownHash ? undefined : { parsed: this.#failed(bundled.problem), inputs: [path], reads: [], contentHash };
    }
    const { bundle } = bundled;
    const contentHash = hashOf(source, bundle.hash);
    if (contentHash === knownHash) return undefined;
    const { code } = bundle;
    const outcome = await this.#evaluator.evaluate({
      kind: "evaluate",
      code,
      projectDir: this.#project.dir,
      relativePath: this.#relativePath,
      cronDataIntervals: this.#cronDataIntervals,
    });
    const parsed = this.#toParsedFile(outcome, { source, bundle, beganMs });
    return { parsed, inputs: bundle.inputs, reads: outcome.reads, contentHash };
  }

  #toParsedFile(
    outcome: EvaluationOutcome,
    { source, bundle, beganMs }: { source: string; bundle: FileBundle; beganMs: number },
  ): ParsedFile {
    if (outcome.kind === "problem") return this.#failed(outcome.problem);
    const problem = outcome.dags.map((dag) => this.#checkSchedule(dag)).find((found) => found !== undefined);
    if (problem !== undefined) return this.#failed(problem);
    return {
      kind: "dags",
      bundleName: this.#project.name,
      relativePath: this.#relativePath,
      source,
      bundle: { hash: bundle.hash, code: bundle.code },
      specs: outcome.dags.map((dag) => dag.spec),
      ...horizonsOf(outcome.dags),
      parseDurationMs: this.#clock.monotonicMs() - beganMs,
    };
  }

  #checkSchedule({ spec, line, column }: EvaluatedDag): FileProblem | undefined {
    try {
      validateSchedule(spec.schedule);
      return undefined;
    } catch (error) {
      if (!isPolyflowError(error, "dag_invalid")) throw error;
      return { ...wholeFileProblem("dag_invalid", `DAG "${spec.dagId}": ${error.message}`), line, column };
    }
  }

  #failed({ code, message, file, line, column, stack }: FileProblem): ParsedFile {
    const isElsewhere = file !== null && file !== this.#relativePath;
    const place = line === null ? file : `${file}:${line}`;
    return {
      kind: "error",
      bundleName: this.#project.name,
      relativePath: this.#relativePath,
      code,
      message: isElsewhere && !message.startsWith(`${place}`) ? `${place}: ${message}` : message,
      // a line of another file would lead astray beside this file's name
      line: isElsewhere ? null : line,
      column: isElsewhere ? null : column,
      stack,
    };
  }
}

function horizonsOf(dags: readonly EvaluatedDag[]): Pick<Extract<ParsedFile, { kind: "dags" }>, "horizons"> {
  const listed = dags.flatMap(({ spec, horizon }) => (horizon === undefined ? [] : [[spec.dagId, horizon] as const]));
  return listed.length === 0 ? {} : { horizons: Object.fromEntries(listed) };
}

function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}
